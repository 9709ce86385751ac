// Everything that the console says, in one place: a text is a pair, Chinese first, so that none can be left untranslated.
import { batch } from './batch';
import { capture } from './capture';
import { environment } from './environment';
import { event } from './event';
import { plan } from './plan';
import { property } from './property';
import { reasons } from './reasons';
import { search } from './search';
import { session } from './session';
import { shell } from './shell';
import { violations } from './violations';
import { words } from './words';

export const texts = { ...shell, session, reasons, words, plan, batch, event, property, environment, search, capture, violations } as const;
