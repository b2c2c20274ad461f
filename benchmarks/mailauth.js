// One program, two verbs: signs and verifies the letters of the folder in argv[2] as it is told, line by line on stdin.
// {"do": "sign", "times": 20} or {"do": "verify", "letter": "<base64>", "times": 20} -> {"seconds": …, "result": …}
const { dkimSign } = require('mailauth/lib/dkim/sign');
const { dkimVerify } = require('mailauth/lib/dkim/verify');
const { privateKey, letter, name, record, headers } = JSON.parse(process.argv[2]);
const text = Buffer.from(letter, 'base64');

const resolver = async (asked, type) => {
    if (asked === name && type === 'TXT') {
        return [[record]];
    }
    throw Object.assign(new Error(`no ${type} at ${asked}`), { code: 'ENOTFOUND' });
};

async function sign() {
    const signatureData = [{ signingDomain: 'example.net', selector: 's1', privateKey }];
    const made = await dkimSign(text, { canonicalization: 'relaxed/relaxed', headerList: headers, signatureData });
    return Buffer.concat([Buffer.from(made.signatures), text]).toString('base64');
}

async function verify(signed) {
    const found = await dkimVerify(signed, { resolver });
    return found.results.map((one) => one.status.result).join(' ');
}

async function answer(line) {
    const asked = JSON.parse(line);
    const signed = asked.letter && Buffer.from(asked.letter, 'base64');
    const started = process.hrtime.bigint();
    let result;
    for (let time = 0; time < asked.times; time++) {
        result = await (asked.do === 'sign' ? sign() : verify(signed));
    }
    console.log(JSON.stringify({ seconds: Number(process.hrtime.bigint() - started) / 1e9, result }));
}

require('readline').createInterface({ input: process.stdin }).on('line', answer);
console.log('ready');
