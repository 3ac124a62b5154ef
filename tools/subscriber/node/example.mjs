// Prints messages as they come. Usage: node example.mjs ENDPOINT [CURSOR]
import {Subscriber} from './jackfield.mjs';

const [endpoint, cursor = 'example'] = process.argv.slice(2);
const subscriber = new Subscriber({endpoint, cursor, onReset: () => 'oldest'});
for await (const event of subscriber.events()) {
  if (event.type.startsWith('jf.message.')) {
    console.log(event.time, event.type, event.subject, event.data.status ?? '');
  }
}
