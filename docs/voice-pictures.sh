#!/bin/sh
# Draws docs/pictures/voice-*.png: one phrase before and after each half of the voice chain.
# Needs adem (or ADEM=path), espeak-ng and ffmpeg. Run it in the root of the repository.
set -eu
adem=${ADEM:-adem}
pictures=$PWD/docs/pictures
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$pictures" "$work/scripts" "$work/voice/en/demo/demo"
export ADEM_CACHE=off

# A phrase in a poor room: rumble at 45 Hz, hiss, a breath in the pause, and a click.
say="Sit down softly. Let the stillness of this place come closer."
espeak-ng -v en-us -s 130 -w "$work/spoken.wav" -- "$say"
ffmpeg -v error -y -i "$work/spoken.wav" \
    -f lavfi -i "sine=f=45:r=48000:d=8" \
    -f lavfi -i "anoisesrc=c=pink:r=48000:d=8:a=0.0012:s=1" \
    -f lavfi -i "anoisesrc=c=white:r=48000:d=0.45:a=0.012:s=2" \
    -f lavfi -i "aevalsrc=if(between(n\,0\,2)\,0.35*cos(PI*n)\,0):s=48000:d=0.01" \
    -filter_complex "[0]aresample=48000,volume=0.7,adelay=700,apad=pad_dur=0.7[v];[1]volume=0.12[r];[3]highpass=f=900,afade=d=0.2,afade=t=out:st=0.2:d=0.25,adelay=150[b];[4]adelay=1000[c];[v][r][2][b][c]amix=inputs=5:duration=first:normalize=0[o]" \
    -map "[o]" -c:a pcm_s24le "$work/voice/en/demo/demo/say.wav"

printf 'title = "Demo"\nlanguages = ["en"]\nvoices = { en = "demo" }\n' >"$work/course.toml"
printf 'language = "en"\ntitle = "Demo"\n\n[[part]]\nsteps = [\n  { say = "%s", id = "say", pause = 1 },\n]\n' "$say" >"$work/scripts/demo.toml"

# draw NAME CHAIN: the voice after this chain, as waveform over spectrogram.
draw() {
    printf 'name = "Demo"\nkind = "synthetic"\ncredit = "espeak-ng"\nlicence = "CC0-1.0"\nchain = %s\n' "$2" >"$work/voice/en/demo/voice.toml"
    (cd "$work" && "$adem" render demo --length natural --mix voice --format wav24 -o "$1.wav" 2>"$1.log") || { cat "$work/$1.log"; exit 1; }
    ffmpeg -v error -y -t 7 -i "$work/$1.wav" -filter_complex \
        "pan=mono|c0=c0,asplit[a][b];[a]showwavespic=s=760x140:colors=0x3b6ea5[w];[b]showspectrumpic=s=760x200:legend=0:drange=90:stop=16000:color=viridis[s];[w]format=rgb24[x];[s]format=rgb24[y];[x][y]vstack,split[p][q];[p]palettegen=max_colors=64[m];[q][m]paletteuse=dither=none" \
        -frames:v 1 "$pictures/voice-$1.png"
}

none='rumble = 0, clicks = false, tone = 0, sibilance = 0, breath = 0, peaks = 0, room = false'
draw before "{ $none }"
draw filtered '{ sibilance = 0, breath = 0, peaks = 0, room = false }'
draw after '"speech"'
