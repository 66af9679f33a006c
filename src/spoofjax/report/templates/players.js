// Play one utterance at a time, with a line that moves over its spectrogram.
for (const audio of document.querySelectorAll("audio")) {
  const line = audio.previousElementSibling.querySelector("i");
  const move = () => {
    line.style.left = `${(100 * audio.currentTime) / (audio.duration || 1)}%`;
    line.style.opacity = audio.paused ? 0 : 1;
    if (!audio.paused) requestAnimationFrame(move);
  };
  audio.addEventListener("play", () => {
    for (const other of document.querySelectorAll("audio")) if (other !== audio) other.pause();
    move();
  });
  audio.addEventListener("pause", move);
}
