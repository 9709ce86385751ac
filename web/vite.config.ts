import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

const dist = join(import.meta.dirname, 'dist');

// Formats that are compressed already gain nothing from gzip.
const compressed = /\.(gz|png|jpg|webp|woff2)$/;

/**
 * Makes dist/ what embed.go expects: the committed placeholder stays, and every compressible file is there only as
 * `<name>.gz`, so that the binary carries each byte once.
 */
function forEmbedding(): Plugin {
  const emptyDist = () => {
    for (const name of readdirSync(dist)) {
      if (name !== '.gitkeep') rmSync(join(dist, name), { recursive: true });
    }
  };
  const compressDist = () => {
    for (const entry of readdirSync(dist, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() || entry.name === '.gitkeep' || compressed.test(entry.name)) continue;
      const file = join(entry.parentPath, entry.name);
      writeFileSync(`${file}.gz`, gzipSync(readFileSync(file), { level: 9 }));
      rmSync(file);
    }
  };
  return { name: 'waymark-for-embedding', apply: 'build', buildStart: emptyDist, closeBundle: compressDist };
}

/** Lets `npm run dev` open any address of the console; in the binary, the server says for each how far up its files are. */
function rootedBase(): Plugin {
  const rooted = (html: string) => html.replace('<base href="./" />', '<base href="/" />');
  return { name: 'waymark-rooted-base', apply: 'serve', transformIndexHtml: rooted };
}

export default defineConfig({
  // Relative addresses keep the page working below a path prefix of a reverse proxy.
  base: './',
  plugins: [react(), forEmbedding(), rootedBase()],
  resolve: { dedupe: ['graphql', 'react', 'react-dom'] },
  worker: { format: 'es' },
  build: {
    outDir: dist,
    emptyOutDir: false,
    // The licences of what is bundled ask to go with it.
    license: { fileName: 'licenses.md' },
    // Monaco is one large chunk whatever we do, and it comes from our own server.
    chunkSizeWarningLimit: 5000,
    rolldownOptions: {
      input: {
        console: join(import.meta.dirname, 'index.html'),
        graphiql: join(import.meta.dirname, 'graphiql/index.html'),
      },
      onLog(level, log, handler) {
        // React Compiler's hint to itself in GraphiQL's published files.
        if (log.message.includes('use no memo')) return;
        handler(level, log);
      },
    },
  },
  // `npm run dev` beside a running `waymark serve`.
  server: {
    proxy: {
      '/graphql': { target: 'http://127.0.0.1:8080', ws: true },
      '/auth': 'http://127.0.0.1:8080',
      '/files': 'http://127.0.0.1:8080',
    },
  },
});
