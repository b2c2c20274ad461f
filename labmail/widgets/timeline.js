/* Everything that happened, on lifelines: as it was when it was shown, and as it goes on. */
export default face((place) => lifelines(place).update);
