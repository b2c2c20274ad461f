/* One conversation, seen twice, on its own. */
export default face(twoViews);
