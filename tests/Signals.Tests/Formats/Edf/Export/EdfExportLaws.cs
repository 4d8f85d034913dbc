using System.Globalization;
using Dendrite.Signals.Blocks;
using Dendrite.Signals.Edf;
using Dendrite.Signals.Formats;
using FsCheck;
using FsCheck.Fluent;

namespace Dendrite.Signals.Tests.Formats.Edf.Export;

/// <summary>Laws of what is written, on random recordings.</summary>
public sealed class EdfExportLaws
{
    [Fact]
    public void Whatever_is_written_reads_back_equal_and_is_then_written_to_the_same_bytes() =>
        Prop.ForAll(Recordings().ToArbitrary(), made => AssertRoundTripAsync(made)).QuickCheckThrowOnFailure();

    [Fact]
    public void A_number_that_a_field_held_is_written_to_fit_it_and_reads_back_as_the_same() =>
        Prop.ForAll(
                FieldNumbers().ToArbitrary(),
                number =>
                {
                    string text = EdfNumber.Write(number);
                    Assert.True(text.Length <= EdfNumber.Width, text);
                    Assert.Equal(number, double.Parse(text, CultureInfo.InvariantCulture));
                }
            )
            .QuickCheckThrowOnFailure();

    [Fact]
    public void A_limit_is_rounded_outwards_and_by_little() =>
        Prop.ForAll(
                Limits().ToArbitrary(),
                value =>
                {
                    var (below, above) = (EdfNumber.Beyond(value, false), EdfNumber.Beyond(value, true));
                    Assert.True(below <= value && value <= above, $"{below} {value} {above}");
                    Assert.True(above - below <= Math.Abs(value) * StepOf(value), $"{below} {value} {above}");
                    Assert.True(EdfNumber.Fits(below) && EdfNumber.Fits(above), $"{below} {above}");
                }
            )
            .QuickCheckThrowOnFailure();

    /// <summary>
    /// Some units of the last digit that a field holds, in parts of the value: exponents leave little room.
    /// </summary>
    private static double StepOf(double value) =>
        Math.Abs(value) switch
        {
            0 => 0,
            >= 1e-3 and < 1e7 => 4e-3,
            >= 1e-9 and < 1e9 => 4e-2,
            >= 1e-99 and < 1e99 => 4e-1,
            _ => 4,
        };

    private static async Task AssertRoundTripAsync(MadeRecording made)
    {
        var first = await Exported.OfAsync(made);
        var read = await first.OpenAsync();
        var (was, now) = (made.Recording.Streams[0], read.Recording.Streams[0]);
        var (before, after) = (await ReadSamples.OfAsync(made), await ReadSamples.OfAsync(read));
        Assert.Equal(before.Channels.Select(values => values.Where(double.IsFinite)), after.Channels);
        Assert.Equal(
            was.Annotations.Select(note => (note.OnsetSeconds, note.DurationSeconds, note.Text)).Order(),
            now.Annotations.Select(note => (note.OnsetSeconds, note.DurationSeconds, note.Text)).Order()
        );
        Assert.Equal(first.File, (await Exported.OfAsync(read)).File);
    }

    /// <summary>
    /// One to three channels, runs of whole seconds at 10 Hz with gaps between them, and notes anywhere.
    /// </summary>
    private static Gen<MadeRecording> Recordings() =>
        from channels in Gen.Choose(1, 3)
        from runs in Gen.Choose(1, 6).Where(seconds => seconds > 0).ListOf()
        from gaps in Gen.Choose(1, 50).ListOf(runs.Count + 1)
        from samples in Gen.Choose(short.MinValue, short.MaxValue).ListOf(channels * 10 * (runs.Sum() + 1))
        from notes in Notes().ListOf()
        select Make(channels, [.. runs, 1], [.. gaps], [.. samples.Select(value => (short)value)], [.. notes]);

    private static Gen<RecordedAnnotation> Notes() =>
        from onset in Gen.Choose(-5_000, 60_000)
        from duration in Gen.Choose(-1, 3_000)
        from text in Gen.Elements("Blink", "Schlaf – Ω", "a, \"b\"\nc", "睡眠", new string('x', 300))
        select new RecordedAnnotation(text)
        {
            OnsetSeconds = onset / 1000m,
            DurationSeconds = duration < 0 ? null : duration / 1000m,
        };

    private static MadeRecording Make(
        int channelCount,
        int[] runs,
        int[] gaps,
        short[] samples,
        RecordedAnnotation[] notes
    )
    {
        var pieces = new List<SamplePiece>();
        var (next, used) = (0L, 0);
        for (int run = 0; run < runs.Length; run++)
        {
            if (run > 0)
            {
                pieces.Add(new(next, gaps[run - 1]) { Gap = RecordedGapCause.Paused });
                next += gaps[run - 1];
            }
            int count = runs[run] * 10;
            var values = samples.AsSpan(used, count * channelCount);
            byte[] bytes = System.Runtime.InteropServices.MemoryMarshal.AsBytes(values).ToArray();
            pieces.Add(new(next, count) { Groups = [bytes] });
            (next, used) = (next + count, used + values.Length);
        }
        var channels = Enumerable
            .Range(0, channelCount)
            .Select(i => new RecordedChannel($"c{i}", SampleType.Int16) { Scale = 0.25 });
        return MadeRecording.Of(new(10, 1), [.. channels], notes, [.. pieces]);
    }

    /// <summary>Of every size, from the units of magnetometers to counts, with more digits than a field has.</summary>
    private static Gen<double> Limits() =>
        from digits in Gen.Choose(0, 999_999_999)
        from exponent in Gen.Frequency((4, Gen.Choose(-14, 0)), (1, Gen.Choose(-110, 90)))
        from sign in Gen.Elements(1, -1)
        select sign * digits * Math.Pow(10, exponent);

    /// <summary>What eight characters say.</summary>
    private static Gen<double> FieldNumbers() =>
        from digits in Gen.Choose(0, 9_999_999)
        from point in Gen.Choose(0, 7)
        from sign in Gen.Elements("", "-")
        let text = digits.ToString("0000000", CultureInfo.InvariantCulture).Insert(point, ".")
        select double.Parse((sign + text)[..8], CultureInfo.InvariantCulture);
}
