export interface Block {
  kind: 'heading' | 'paragraph' | 'item';
  text: string;
}

/**
 * Parts a contract's plain text into blocks for reading. Empty lines part blocks; a line without a small letter is a heading; a line that
 * begins with a hyphen is an item, which takes in the indented lines after it. A line break within a sentence is only the width of the
 * source and becomes a space; nothing else is changed, and what is signed is the text itself.
 */
export function parseContract(text: string): Block[] {
  const blocks: Block[] = [];
  let open: Block | undefined;
  for (const line of text.split('\n')) {
    if (line.trim() === '') {
      open = undefined;
    } else if (isHeading(line)) {
      blocks.push({ kind: 'heading', text: line });
      open = undefined;
    } else if (line.startsWith('- ')) {
      blocks.push((open = { kind: 'item', text: line }));
    } else if (open && (open.kind === 'paragraph' || line.startsWith('  '))) {
      const wrapped = /[^.:;]$/.test(open.text) && /^\p{Ll}/u.test(line);
      open.text += (wrapped ? ' ' : '\n') + line.trimStart();
    } else {
      blocks.push((open = { kind: 'paragraph', text: line.trimStart() }));
    }
  }
  return blocks;
}

function isHeading(line: string): boolean {
  return line.length <= 120 && /\p{Lu}{3}/u.test(line) && !/\p{Ll}/u.test(line);
}
