export interface Block {
  heading: boolean;
  text: string;
}

/**
 * Parts a contract's plain text into headings and paragraphs for reading. Empty lines part blocks; a line without a small letter is a
 * heading. Not one character of a block is changed: what is signed is the text itself.
 */
export function parseContract(text: string): Block[] {
  const blocks: Block[] = [];
  let lines: string[] = [];
  const close = () => {
    if (lines.length > 0) blocks.push({ heading: false, text: lines.join('\n') });
    lines = [];
  };
  for (const line of text.split('\n')) {
    if (line.trim() === '') {
      close();
    } else if (isHeading(line)) {
      close();
      blocks.push({ heading: true, text: line });
    } else {
      lines.push(line);
    }
  }
  close();
  return blocks;
}

function isHeading(line: string): boolean {
  return line.length <= 120 && /\p{Lu}{3}/u.test(line) && !/\p{Ll}/u.test(line);
}
