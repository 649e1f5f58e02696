// Command foreign reads a published log as a stranger would, with software that is not ours: the signed notes and
// tiled trees of golang.org/x/mod/sumdb. It prints "ok <size> <root>" or a reason, and exits 1 then.
//
//	foreign <folder> <older checkpoint or ""> <index of a leaf whose proof is checked>
package main

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const tileHeight = 8

type folder string

func (f folder) Height() int { return tileHeight }

// ReadTiles finds each tile under the path that C2SP tlog-tiles gives it.
func (f folder) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	found := make([][]byte, len(tiles))
	for i, tile := range tiles {
		// tlog names tiles "tile/<height>/<level>/..", tlog-tiles "tile/<level>/.."
		name := "tile/" + strings.TrimPrefix(tile.Path(), "tile/8/")
		content, err := os.ReadFile(filepath.Join(string(f), filepath.FromSlash(name)))
		if err != nil {
			return nil, err
		}
		found[i] = content
	}
	return found, nil
}

func (f folder) SaveTiles([]tlog.Tile, [][]byte) {}

func main() {
	if err := run(os.Args[1], os.Args[2], os.Args[3]); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

func run(place, older, wanted string) error {
	tree, err := openCheckpoint(place, filepath.Join(place, "checkpoint"))
	if err != nil {
		return err
	}
	reader := tlog.TileHashReader(tree, folder(place))
	if err := checkTiles(place, tree); err != nil {
		return err
	}
	index, err := strconv.ParseInt(wanted, 10, 64)
	if err != nil {
		return err
	}
	if err := checkInclusion(tree, reader, index); err != nil {
		return err
	}
	if older != "" {
		if err := checkGrowth(place, older, tree, reader); err != nil {
			return err
		}
	}
	fmt.Printf("ok %d %s\n", tree.N, tree.Hash)
	return nil
}

func openCheckpoint(place, name string) (tlog.Tree, error) {
	vkey, err := os.ReadFile(filepath.Join(place, "vkey"))
	if err != nil {
		return tlog.Tree{}, err
	}
	verifier, err := note.NewVerifier(strings.TrimSpace(string(vkey)))
	if err != nil {
		return tlog.Tree{}, err
	}
	signed, err := os.ReadFile(name)
	if err != nil {
		return tlog.Tree{}, err
	}
	opened, err := note.Open(signed, note.VerifierList(verifier))
	if err != nil {
		return tlog.Tree{}, err
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[0] != verifier.Name() {
		return tlog.Tree{}, fmt.Errorf("the note is no checkpoint of %s", verifier.Name())
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return tlog.Tree{}, err
	}
	root, err := tlog.ParseHash(lines[2])
	return tlog.Tree{N: size, Hash: root}, err
}

// grown holds the hashes of the tree that tlog itself grows from the published entries.
type grown []tlog.Hash

func (g grown) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	found := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		found[i] = g[index]
	}
	return found, nil
}

// checkTiles grows the tree from the published entries, and compares its root and every one of its tiles with ours.
func checkTiles(place string, tree tlog.Tree) error {
	var hashes grown
	for first := int64(0); first < tree.N; first += 256 {
		entries, err := readBundle(place, first/256, int(min(256, tree.N-first)))
		if err != nil {
			return err
		}
		for offset, entry := range entries {
			added, err := tlog.StoredHashes(first+int64(offset), entry, hashes)
			if err != nil {
				return err
			}
			hashes = append(hashes, added...)
		}
	}
	root, err := tlog.TreeHash(tree.N, hashes)
	if err != nil {
		return err
	}
	if root != tree.Hash {
		return fmt.Errorf("the published entries have another root")
	}
	for _, tile := range tlog.NewTiles(tileHeight, 0, tree.N) {
		expected, err := tlog.ReadTileData(tile, hashes)
		if err != nil {
			return err
		}
		published, err := folder(place).ReadTiles([]tlog.Tile{tile})
		if err != nil {
			return err
		}
		if !bytes.Equal(expected, published[0]) {
			return fmt.Errorf("%s differs", tile.Path())
		}
	}
	return nil
}

func readBundle(place string, number int64, width int) ([][]byte, error) {
	tile := tlog.Tile{H: tileHeight, L: 0, N: number, W: width}
	name := "tile/entries/" + strings.TrimPrefix(tile.Path(), "tile/8/0/")
	bundle, err := os.ReadFile(filepath.Join(place, filepath.FromSlash(name)))
	if err != nil {
		return nil, err
	}
	entries := make([][]byte, width)
	for i := range entries {
		if len(bundle) < 2 || len(bundle) < 2+int(bundle[0])<<8+int(bundle[1]) {
			return nil, fmt.Errorf("bundle %d is cut short", number)
		}
		end := 2 + int(bundle[0])<<8 + int(bundle[1])
		entries[i], bundle = bundle[2:end], bundle[end:]
	}
	if len(bundle) != 0 {
		return nil, fmt.Errorf("bundle %d is too long", number)
	}
	return entries, nil
}

// checkInclusion compares the proof made by tlog with the one we serve (given on standard input), and checks it.
func checkInclusion(tree tlog.Tree, reader tlog.HashReader, index int64) error {
	proof, err := tlog.ProveRecord(tree.N, index, reader)
	if err != nil {
		return err
	}
	leaf, err := reader.ReadHashes([]int64{tlog.StoredHashIndex(0, index)})
	if err != nil {
		return err
	}
	var served bytes.Buffer
	if _, err := served.ReadFrom(os.Stdin); err != nil {
		return err
	}
	lines := strings.Split(strings.SplitN(served.String(), "\n\n", 2)[0], "\n")
	if len(lines) != len(proof)+2 || lines[0] != "c2sp.org/tlog-proof@v1" || lines[1] != fmt.Sprintf("index %d", index) {
		return fmt.Errorf("the served proof has another form")
	}
	for i, line := range lines[2:] {
		if line != base64.StdEncoding.EncodeToString(proof[i][:]) {
			return fmt.Errorf("the served proof differs at hash %d", i)
		}
	}
	return tlog.CheckRecord(proof, tree.N, tree.Hash, index, leaf[0])
}

func checkGrowth(place, older string, tree tlog.Tree, reader tlog.HashReader) error {
	before, err := openCheckpoint(place, older)
	if err != nil {
		return err
	}
	proof, err := tlog.ProveTree(tree.N, before.N, reader)
	if err != nil {
		return err
	}
	return tlog.CheckTree(proof, tree.N, tree.Hash, before.N, before.Hash)
}
