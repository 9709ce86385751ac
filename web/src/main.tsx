import './ui/base.css';
import './ui/parts.css';
import './app/frame.css';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { Provider } from 'urql';
import { client } from './api/client';
import { router } from './app/router';
import { applyTheme } from './app/theme';
import { Speaking } from './i18n';

applyTheme();

const page = document.getElementById('page');
if (page === null) throw new Error('the page has no #page element');
createRoot(page).render(
  <StrictMode>
    <Provider value={client}>
      <Speaking>
        <RouterProvider router={router} />
      </Speaking>
    </Provider>
  </StrictMode>,
);
