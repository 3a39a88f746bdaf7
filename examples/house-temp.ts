// A virtual service: the median of all temperatures in the house. Boards may come and go; it is read like any sensor.
//
//   tdos sensor examples/house-temp.ts --name median
//   tdos read house_temp

import { defineVirtual } from 'tdos';

export default defineVirtual('house_temp', { from: 'temp_sensor@*', reduce: 'median' });
