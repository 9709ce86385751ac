import './page.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { Page } from './Page';
import { language } from './texts';

document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en';

const root = document.getElementById('page');
if (root === null) throw new Error('the page has no #page element');
createRoot(root).render(
  <StrictMode>
    <Page />
  </StrictMode>,
);
