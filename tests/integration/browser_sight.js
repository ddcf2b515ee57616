// What a person would see of a page: its width, its texts, its plots. All that is
// folded is unfolded before. Lengths are pixels.
(() => {
  for (const folded of document.querySelectorAll("details")) folded.open = true;

  const parsed = (colour) => {
    const [red, green, blue, alpha = 1] = colour.match(/[\d.]+/g).map(Number);
    return { parts: [red, green, blue], alpha };
  };
  const over = (above, below, alpha) =>
    above.map((part, place) => part * alpha + below[place] * (1 - alpha));

  // What the browser draws where a page draws nothing.
  const probe = document.createElement("p");
  probe.style.backgroundColor = "Canvas";
  document.body.append(probe);
  const canvas = parsed(getComputedStyle(probe).backgroundColor).parts;
  probe.remove();

  const ancestors = (element) => {
    const found = [];
    for (let one = element; one !== null; one = one.parentElement) found.unshift(one);
    return found;
  };
  const groundOf = (element) =>
    ancestors(element).reduce((ground, one) => {
      const { parts, alpha } = parsed(getComputedStyle(one).backgroundColor);
      return over(parts, ground, alpha);
    }, canvas);
  const inkOf = (element, ground) => {
    const style = getComputedStyle(element);
    const drawn = element instanceof SVGElement ? style.fill : style.color;
    const { parts, alpha } = parsed(drawn);
    const opacity = ancestors(element).reduce(
      (product, one) => product * Number(getComputedStyle(one).opacity),
      alpha,
    );
    return over(parts, ground, opacity);
  };

  // WCAG 2.2, relative luminance and contrast ratio.
  const luminance = (parts) => {
    const [red, green, blue] = parts.map((part) => {
      const share = part / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const contrast = (one, other) => {
    const [dark, bright] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (bright + 0.05) / (dark + 0.05);
  };

  const boxOf = (thing) => {
    const { left, right, top, bottom } = thing.getBoundingClientRect();
    return { left, right, top, bottom };
  };
  const textOf = (node) => {
    const element = node.parentElement;
    const range = document.createRange();
    range.selectNodeContents(node);
    const ground = groundOf(element);
    return {
      text: node.data.trim(),
      contrast: contrast(inkOf(element, ground), ground),
      height: range.getBoundingClientRect().height,
      box: boxOf(range),
    };
  };
  const textsIn = (root) => {
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    const found = [];
    while (walker.nextNode()) {
      const node = walker.currentNode;
      if (node.data.trim() && !node.parentElement.closest("style,script,title"))
        found.push(textOf(node));
    }
    return found;
  };

  return {
    width: document.documentElement.clientWidth,
    scrollWidth: document.documentElement.scrollWidth,
    ground: canvas,
    texts: textsIn(document.body),
    plots: [...document.querySelectorAll("svg")].map((plot) => ({
      box: boxOf(plot),
      texts: textsIn(plot),
    })),
  };
})();
