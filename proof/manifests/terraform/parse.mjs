// Prints a Terraform file as JSON. The parser is HashiCorp's own (HCL), so syntax is checked; no provider
// is asked, so names and types of arguments are not.
import { readFile } from 'node:fs/promises';
import { parse } from '@cdktf/hcl2json';

const file = process.argv[2];
process.stdout.write(JSON.stringify(await parse(file, await readFile(file, 'utf8'))));
