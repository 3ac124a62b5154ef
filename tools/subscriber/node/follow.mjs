// Prints the sequence of each event until the last one. Usage: node follow.mjs ENDPOINT LAST [CURSOR]
import {Subscriber} from './jackfield.mjs';

const [endpoint, last, cursor] = process.argv.slice(2);
const subscriber = new Subscriber({endpoint, cursor, start: 'oldest'});
for await (const event of subscriber.events()) {
  if (event.sequence === undefined) continue;
  console.log(Number(event.sequence));
  if (Number(event.sequence) >= Number(last)) break;
}
await subscriber.ack();
subscriber.close();
