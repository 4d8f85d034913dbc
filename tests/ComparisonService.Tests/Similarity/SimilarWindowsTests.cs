using Dendrite.ComparisonService.Tests.Experiments;
using Dendrite.Signals.Analysis.Windows;
using Dendrite.V1;
using static Dendrite.ComparisonService.Tests.Similarity.SimilarBench;
using Range = Dendrite.Storage.Signals.SampleRange;

namespace Dendrite.ComparisonService.Tests.Similarity;

/// <summary>Which windows are found, in which order, and why.</summary>
public sealed class SimilarWindowsTests(ComparisonFixture lab) : IClassFixture<ComparisonFixture>
{
    [Fact]
    public async Task Windows_of_the_same_rhythm_come_first_and_say_which_features_told_the_others_apart()
    {
        var bench = new SimilarBench(lab, "rhythm");
        await bench.ForkAsync("a");
        var samples = Rhythms(1, 10, 20, 10, 6, 10, 20, 10);
        // The odd ones are louder as well: every feature that is about size tells them apart.
        samples = [.. samples.Select((value, i) => i / Window % 2 == 0 ? value : 20 * value)];
        await bench.RecordAsync("a", new("eeg", Rate, ("C3", samples)));

        var answer = await bench.QueryAsync(bench.Like("a", 0));

        Assert.True(answer.Complete);
        Assert.Equal(6, answer.ScannedWindows);
        Assert.Equal([2, 4, 6], answer.Windows.Take(3).Select(one => one.Window.StartSample / Window).Order());
        Assert.Equal(answer.Windows.Select(one => one.Distance).Order(), answer.Windows.Select(one => one.Distance));
        Assert.All(
            answer.Windows,
            one =>
                Assert.Equal(
                    one.Distance,
                    Math.Sqrt(one.Contributions.Sum(part => Math.Pow(part.Given - part.Found, 2))),
                    1e-9
                )
        );
        Assert.All(
            answer.Windows,
            one => Assert.Equal(ShapePlan.Names, one.Contributions.Select(part => part.Feature))
        );
        var beta = answer.Windows.Where(one => one.Window.StartSample / Window is 1 or 5).Select(Beta);
        Assert.All(beta, part => Assert.True(part.Found - part.Given > 1, $"{part}"));

        static FeatureContribution Beta(SimilarWindow window) =>
            window.Contributions.Single(part => part.Feature == "power:beta");
    }

    [Fact]
    public async Task Every_window_has_the_distance_of_a_plain_computation()
    {
        var bench = new SimilarBench(lab, "plain");
        await bench.ForkAsync("a");
        double[][] channels = [Rhythms(2, [.. Enumerable.Range(3, 12)]), Rhythms(3, [.. Enumerable.Range(5, 12)])];
        await bench.RecordAsync("a", new("eeg", Rate, ("C3", channels[0]), ("C4", channels[1])));

        var answer = await bench.QueryAsync(bench.Like("a", 4));

        var shapes = channels
            .SelectMany(
                (samples, channel) =>
                    samples.Chunk(Window).Select((window, i) => (channel, i, Shape: PlainShapes.Of(window, Rate)))
            )
            .ToList();
        var given = shapes.Single(one => one is { channel: 0, i: 4 }).Shape;
        var others = shapes.Where(one => one is not { channel: 0, i: 4 }).ToList();
        var distances = PlainShapes.Distances(given, [.. others.Select(one => one.Shape)]);
        var expected = others
            .Zip(distances, (one, distance) => (Place: $"C{one.channel + 3} {one.i}", Distance: distance))
            .OrderBy(one => one.Distance)
            .ToList();
        Assert.Equal(
            expected.Select(one => one.Place),
            answer.Windows.Select(one => $"{one.Channel} {one.Window.StartSample / Window}")
        );
        Assert.All(expected.Zip(answer.Windows), pair => Assert.Equal(pair.First.Distance, pair.Second.Distance, 1e-8));
    }

    [Fact]
    public async Task Asked_again_the_answer_is_the_same_from_what_is_kept_and_no_sample_is_read()
    {
        var bench = new SimilarBench(lab, "again");
        await bench.ForkAsync("a");
        await bench.RecordAsync(
            "a",
            new("eeg", Rate, ("C3", Rhythms(4, 10, 20, 10, 6)), ("C4", Rhythms(5, 9, 9, 8, 8)))
        );
        var first = await bench.QueryAsync(bench.Like("a", 0));
        var kept = await bench.CountKeptAsync();
        // Whoever reads a payload now is told that it is damaged.
        await using var damage = lab.Database.Owner.CreateCommand(
            """
            UPDATE signals.block SET payload = '\x00' WHERE stream_id IN (
                SELECT s.stream_id FROM signals.stream s JOIN branching.branch b ON b.timeline_id = s.timeline_id
                WHERE b.name = 'again-a') AND first_sample >= 700
            """
        );
        Assert.True(await damage.ExecuteNonQueryAsync(TestContext.Current.CancellationToken) > 0);

        Assert.Equal(first, await bench.QueryAsync(bench.Like("a", 0)));
        Assert.Equal(2, kept);
        Assert.Equal(kept, await bench.CountKeptAsync());
    }

    [Fact]
    public async Task Pages_show_every_window_once_in_order_although_more_are_measured_between_them()
    {
        var bench = new SimilarBench(lab, "pages");
        await bench.ForkAsync("a");
        await bench.RecordAsync("a", new("eeg", Rate, ("C3", Rhythms(6, [.. Enumerable.Range(3, 15)]))));
        var whole = await bench.QueryAsync(bench.Like("a", 3));
        var request = bench.Like("a", 3);
        request.PageSize = 4;
        List<SimilarWindow> seen = [];
        do
        {
            var page = await bench.QueryAsync(request);
            seen.AddRange(page.Windows);
            request.PageToken = page.NextPageToken;
            if (seen.Count == 4)
            {
                // As large as nothing else: in a scale of its own it would reorder all others.
                double[] loud = [.. Rhythms(7, 40, 41).Select(value => value * 1e6)];
                await bench.RecordAsync("a", new("loud", Rate, ("C3", loud)));
            }
        } while (request.PageToken.Length > 0);

        Assert.Equal(whole.Windows.Select(Describe), seen.Select(Describe).Where(one => !one.Contains("/loud/")));
        Assert.Equal(2, seen.Count(one => one.Stream.EndsWith("/loud", StringComparison.Ordinal)));
        Assert.Equal(seen.Select(one => one.Distance).Order(), seen.Select(one => one.Distance));
    }

    [Fact]
    public async Task A_look_of_more_than_a_minute_says_that_not_everything_was_looked_at()
    {
        var bench = new SimilarBench(lab, "look");
        await bench.ForkAsync("a");
        await bench.RecordAsync("a", new("eeg", Rate, ("C3", Rhythms(8, 10, 20, 10))));

        var answer = await QueryWithAsync(TimeSpan.FromSeconds(61), bench, bench.Like("a", 0));

        Assert.False(answer.Complete);
        Assert.Equal((0, 0), (answer.ScannedWindows, answer.Windows.Count));
    }

    [Fact]
    public async Task A_question_gets_further_each_time_it_is_asked_however_soon_its_time_is_over()
    {
        var bench = new SimilarBench(lab, "further");
        await bench.ForkAsync("a");
        await bench.RecordAsync("a", new("eeg", Rate, ("C3", Rhythms(13, 10, 20, 10))));
        await bench.RecordAsync("a", new("more", Rate, ("C3", Rhythms(14, 10, 20))));
        var request = bench.Like("a", 0);
        // Over before the second pass, and after the first stream was looked for.
        request.Budget = new() { Nanos = 500_000_000 };

        var first = await QueryWithAsync(TimeSpan.FromSeconds(1), bench, request);
        var second = await QueryWithAsync(TimeSpan.FromSeconds(1), bench, request);

        Assert.Equal((false, 2L), (first.Complete, first.ScannedWindows));
        Assert.Equal((true, 4L), (second.Complete, second.ScannedWindows));
    }

    private async Task<QuerySimilarWindowsResponse> QueryWithAsync(
        TimeSpan step,
        SimilarBench bench,
        QuerySimilarWindowsRequest request
    )
    {
        lab.Clock.Step = step;
        try
        {
            return await bench.QueryAsync(request);
        }
        finally
        {
            lab.Clock.Step = TimeSpan.Zero;
        }
    }

    [Fact]
    public async Task Windows_with_missing_samples_are_left_out_and_those_beside_them_are_not()
    {
        var bench = new SimilarBench(lab, "holes");
        await bench.ForkAsync("a");
        var samples = Rhythms(9, 10, 10, 10, 10, 10, 10);
        samples[(2 * Window) + 3] = double.NaN;
        samples[(3 * Window) + 9] = double.PositiveInfinity;
        samples.AsSpan(5 * Window).Fill(4);
        var gap = new Range((4 * Window) + 10, (4 * Window) + 20);
        await bench.RecordAsync("a", new RecordedSignals("eeg", Rate, ("C3", samples)) { Gaps = [gap] });

        var answer = await bench.QueryAsync(bench.Like("a", 0));

        Assert.Equal(["holes-a/eeg/C3 500-1000"], answer.Windows.Select(Describe));
    }

    [Fact]
    public async Task Windows_of_another_rate_last_as_long_and_those_of_another_unit_or_without_a_rate_are_left_out()
    {
        var bench = new SimilarBench(lab, "rates");
        await bench.ForkAsync("a");
        var samples = Rhythms(10, 10, 20, 10, 20);
        await bench.RecordAsync("a", new("eeg", Rate, ("C3", samples)));
        await bench.RecordAsync(
            "a",
            new("fast", 2 * Rate, ("C3", [.. samples.SelectMany(value => new[] { value, value })]))
        );
        await bench.RecordAsync("a", new RecordedSignals("volts", Rate, ("C3", samples)) { Unit = "V" });
        await bench.RecordAsync("a", new("odd", 0, ("C3", samples)));
        await bench.RecordAsync("a", new("none", Rate, ("C3", [])));
        await bench.RecordAsync("a", new("short", Rate, ("C3", samples[..400])));
        // Its 50 Hz show no gamma, which the given window has.
        await bench.RecordAsync("a", new("slow", 50, ("C3", samples)));

        var answer = await bench.QueryAsync(bench.Like("a", 0));

        Assert.True(answer.Complete);
        var found = answer.Windows.Select(Describe).ToList();
        Assert.Equal(
            [
                "rates-a/eeg/C3 1000-1500",
                "rates-a/eeg/C3 1500-2000",
                "rates-a/eeg/C3 500-1000",
                "rates-a/fast/C3 0-1000",
                "rates-a/fast/C3 1000-2000",
                "rates-a/fast/C3 2000-3000",
                "rates-a/fast/C3 3000-4000",
            ],
            found.Order(StringComparer.Ordinal)
        );
    }

    [Fact]
    public async Task A_filter_chooses_streams_and_a_window_off_the_grid_leaves_out_what_it_touches()
    {
        var bench = new SimilarBench(lab, "off");
        await bench.ForkAsync("a");
        await bench.RecordAsync("a", new("eeg", Rate, ("C3", Rhythms(11, 10, 20, 10, 20, 10))));
        await bench.RecordAsync("a", new("other", Rate, ("C3", Rhythms(12, 10, 20))));
        var request = bench.Like("a", 0);
        request.Window = new() { StartSample = 600, EndSample = 1_100 };
        request.StreamFilter = "stream_id = eeg";

        var answer = await bench.QueryAsync(request);

        Assert.Equal(
            ["off-a/eeg/C3 0-500", "off-a/eeg/C3 1500-2000", "off-a/eeg/C3 2000-2500"],
            answer.Windows.Select(Describe).Order(StringComparer.Ordinal)
        );
    }
}
