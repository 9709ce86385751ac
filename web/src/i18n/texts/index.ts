// Everything that the console says, in one place: a text is a pair, Chinese first, so that none can be left untranslated.
import { capture } from './capture';
import { plan } from './plan';
import { reasons } from './reasons';
import { search } from './search';
import { session } from './session';
import { shell } from './shell';
import { words } from './words';

export const texts = { ...shell, session, reasons, words, plan, search, capture } as const;
