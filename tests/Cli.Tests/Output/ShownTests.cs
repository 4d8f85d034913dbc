using Dendrite.Cli.Care;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Import;
using Dendrite.Cli.Jobs;
using Dendrite.Cli.Merging;
using Dendrite.Cli.Output;
using Dendrite.Cli.Records;
using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;

namespace Dendrite.Cli.Tests.Output;

/// <summary>Lengths of time, times and counts as people read them.</summary>
public sealed class ShownTests
{
    [Theory]
    [InlineData(21_600, "6 h")]
    [InlineData(600, "10 min")]
    [InlineData(604_800, "7 d")]
    [InlineData(129_600, "1 d 12 h")]
    [InlineData(90, "1 min 30 s")]
    [InlineData(86_461, "1 d 1 min")]
    [InlineData(30, "30 s")]
    [InlineData(0.25, "0.25 s")]
    [InlineData(0, "0 s")]
    public void A_length_of_time_is_shown_by_its_largest_units(double seconds, string shown) =>
        Assert.Equal(shown, Shown.Span(Duration.FromTimeSpan(TimeSpan.FromSeconds(seconds))));

    [Fact]
    public void A_time_says_that_it_is_utc_and_none_is_never()
    {
        var time = Timestamp.FromDateTimeOffset(new(2026, 11, 21, 8, 30, 0, TimeSpan.FromHours(1)));

        Assert.Equal("2026-11-21 07:30:00Z", Shown.TimeOrNever(time));
        Assert.Equal("never", Shown.TimeOrNever(null));
    }

    [Theory]
    [InlineData(0, "0 runs")]
    [InlineData(1, "1 run")]
    [InlineData(12_345, "12,345 runs")]
    public void Of_one_thing_the_noun_is_singular(long count, string shown) =>
        Assert.Equal(shown, Figures.Count(count, "run"));

    [Fact]
    public void Of_jobs_that_never_ran_no_success_is_claimed()
    {
        var never = new JobHealth { Job = "projects/lab/jobs/tidy", SuccessRatio = 1 };
        var health = new GetSchedulerHealthResponse { SuccessRatio = 1, Jobs = { never } };
        Assert.Contains("No run ended in this time, 0 go on", Written(health), StringComparison.Ordinal);
        Assert.DoesNotContain("100", Written(health), StringComparison.Ordinal);

        var ran = new JobHealth(never) { MedianDuration = Duration.FromTimeSpan(TimeSpan.FromSeconds(90)) };
        health.Jobs.Add(ran);
        Assert.Contains("100.0 % of runs succeed", Written(health), StringComparison.Ordinal);
        Assert.Matches("tidy +.* 100.0 % .* 1 min 30 s", Written(health));
    }

    [Fact]
    public void A_busy_hour_in_which_little_is_written_is_told_as_such()
    {
        var quiet = new QuietTimes
        {
            BytesPerSecond = 0,
            LimitBytesPerSecond = 65_536,
            Learned = true,
        };
        var plan = new PreviewStorageCareResponse { Quiet = quiet };
        Assert.StartsWith("0 B a second are written, and still this hour is usually busy.", Written(plan));

        quiet.BytesPerSecond = 1 << 20;
        Assert.StartsWith(
            "It is no quiet time: 1.0 MiB a second are written, up to 64.0 KiB are quiet.",
            Written(plan)
        );
        (quiet.QuietNow, quiet.BytesPerSecond) = (true, 12);
        Assert.StartsWith("It is a quiet time: 12 B a second are written, up to 64.0 KiB are quiet.", Written(plan));
    }

    [Fact]
    public void A_conflict_of_all_of_a_stream_has_no_empty_range_and_its_kind_is_in_words()
    {
        var conflict = new Conflict
        {
            Kind = ConflictKind.ChangedAndDeleted,
            Samples = new() { StreamId = "eeg" },
        };
        var whole = Written(output => MergeView.WriteConflicts(output, [conflict]));
        Assert.Contains("stream eeg, all of it", whole);
        Assert.Contains("changed and deleted", whole);

        conflict.Samples.Range = new() { StartSample = 10, EndSample = 20 };
        Assert.Contains("stream eeg [10, 20)", Written(output => MergeView.WriteConflicts(output, [conflict])));
    }

    [Fact]
    public void Values_stand_below_each_other_also_beside_ideographs()
    {
        var record = new V1.Record { Name = "projects/lab/branches/main/datasets/labs/records/S1" };
        record.Values = new() { Fields = { ["subject"] = Value.ForString("S1"), ["unit"] = Value.ForString("uV") } };
        Assert.EndsWith(
            "\nsubject  S1\nunit     uV\n",
            Written(output => RecordView.WriteOne(output, record)).ReplaceLineEndings("\n"),
            StringComparison.Ordinal
        );

        var table = new TextTable("NAME", "SEX");
        table.Add("李雷", "m");
        table.Add("Änne", "f");
        Assert.Equal("NAME  SEX\n李雷  m\nÄnne  f\n", Written(table.WriteTo).ReplaceLineEndings("\n"));
    }

    [Fact]
    public void The_size_of_a_database_is_told_against_that_of_its_rows()
    {
        var forecast = new GetStorageForecastResponse
        {
            DatabaseBytes = 15_833_499,
            BytesPerByte = 1.5,
            Installation = new(),
            Project = new(),
        };
        Assert.Contains(
            "database  15.1 MiB, 1.5 bytes for each byte of rows",
            Written(output => ForecastView.Write(output, forecast)),
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("", "nothing was sent")]
    [InlineData("projects/lab/branches/main", "0 B, 0 samples")]
    public void That_nothing_was_sent_is_said_of_a_trial_alone_for_what_failed_may_have_sent_some(
        string branch,
        string sent
    )
    {
        var counts = new Dictionary<string, int> { [ImportStatus.Failed] = 1 };
        var failed = new BulkFile("a.edf", ImportStatus.Failed, null, null);
        Assert.Equal(
            $"1 recording: 1 failed; {sent}, 2.0 s\n",
            Written(output => ImportView.Write(output, new BulkReport(branch, [failed], counts, 0, 0, 2)))
                .ReplaceLineEndings("\n")
        );
    }

    private static string Written(PreviewStorageCareResponse plan) => Written(output => CareView.Write(output, plan));

    private static string Written(GetSchedulerHealthResponse health) =>
        Written(output => JobView.Write(output, health));

    private static string Written(Action<CliOutput> write)
    {
        using var text = new StringWriter();
        var host = new CliHost
        {
            Output = text,
            Error = TextWriter.Null,
            OpenBinaryOutput = () => Stream.Null,
            GetVariable = CommandRun.Nothing,
            CurrentDirectory = Path.GetTempPath(),
            Connect = Dendrite.Cli.Connection.Platform.Connect,
        };
        write(new CliOutput(host, json: false));
        return text.ToString();
    }
}
