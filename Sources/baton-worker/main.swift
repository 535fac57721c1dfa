// The worker: a process that enters a step's view, loads one plugin, serves one step. SPDX-License-Identifier: MIT

import BatonPluginHost

Worker.serve()
