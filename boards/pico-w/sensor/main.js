// The program itself is loaded when the board is built, and stands in flash; this starts it.
import start from 'program';

start();
