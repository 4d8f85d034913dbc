using System.Collections;
using Dendrite.Signals.Edf;
using Dendrite.Signals.Formats;

namespace Dendrite.Signals.Tests.Formats;

public sealed class SortedSearchTests
{
    [Theory]
    [InlineData(0, 5, -1)]
    [InlineData(1, -1, -1)]
    [InlineData(1, 0, 0)]
    [InlineData(7, 6, 3)]
    [InlineData(7, 7, 3)]
    [InlineData(7, 100, 6)]
    public void The_last_that_is_not_beyond_the_place_is_found(int count, int place, int expected)
    {
        int[] even = [.. Enumerable.Range(0, count).Select(i => 2 * i)];

        Assert.Equal(expected, SortedSearch.LastIndex(even, item => item <= place));
    }

    [Fact]
    public void A_place_among_very_many_segments_or_runs_takes_a_look_at_few()
    {
        const int count = 100_000;
        var segments = new Counted<EdfSegment>([
            .. Enumerable.Range(0, count).Select(i => new EdfSegment(i, 1, 2 * i)),
        ]);
        var runs = new Counted<TimedRun>([.. Enumerable.Range(0, count).Select(i => new TimedRun(i, 1, 2 * i))]);
        var group = new EdfRateGroup(1, 1, []);
        var recording = new EdfRecording
        {
            Header = new()
            {
                Variant = EdfVariant.EdfPlusDiscontinuous,
                Patient = "",
                Recording = "",
                RecordCount = count,
                RecordDurationSeconds = 1,
                Signals = [],
            },
            RecordCount = count,
            Segments = segments,
            Annotations = [],
            Warnings = [],
        };

        Assert.Equal(1234, recording.SampleIndexAt(group, 2469));
        Assert.Equal(0, recording.SampleIndexAt(group, -1));
        Assert.Equal(2468, recording.OnsetOf(group, 1234));
        Assert.Equal(2468, new StreamRuns(new(1, 1), runs, 0).SecondsAt(1234));
        Assert.InRange(segments.Looks + runs.Looks, 1, 4 * 20);
    }

    [Fact]
    public void The_anchors_of_a_piece_among_very_many_take_a_look_at_few()
    {
        var anchors = new Counted<RecordedAnchor>([
            .. Enumerable.Range(0, 100_000).Select(i => new RecordedAnchor(3 * i, i)),
        ]);

        Assert.Equal([30L, 33, 36], new SamplePiece(28, 9).WithAnchorsOf(anchors).Anchors.Select(a => a.Sample));
        Assert.Empty(new SamplePiece(31, 2).WithAnchorsOf(anchors).Anchors);
        Assert.InRange(anchors.Looks, 1, 4 * 20 + 3);
    }

    /// <summary>Counts how often an item is looked at.</summary>
    private sealed class Counted<T>(T[] items) : IReadOnlyList<T>
    {
        public int Looks { get; private set; }

        public int Count => items.Length;

        public T this[int index]
        {
            get
            {
                Looks++;
                return items[index];
            }
        }

        public IEnumerator<T> GetEnumerator()
        {
            for (int i = 0; i < items.Length; i++)
            {
                yield return this[i];
            }
        }

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
