using Dendrite.BranchService.Tests.Merging;
using Dendrite.IngestService.Tests;
using Dendrite.V1;
using Grpc.Core;
using static Dendrite.BranchService.Tests.Signals.SignalLab;

namespace Dendrite.BranchService.Tests.Signals;

/// <summary>
/// A branch with records, a merge that wrote a record itself, and a finished stream with everything beside its samples:
/// each stored thing is tampered with, as the database's superuser could, and the history says where it breaks.
/// </summary>
public sealed class VerifyDataTests(SignalLab lab) : IClassFixture<SignalLab>
{
    private const string Subjects =
        "timeline_id = $line AND dataset_id = $subject AND position('s1'::bytea IN key) > 0";
    private static int count;

    [Fact]
    public async Task A_whole_history_holds_with_its_data()
    {
        var word = await MakeAsync();

        var end = (await VerifyAsync(word))[^1];

        Assert.Null(end.HistoryBreak);
        Assert.True(end.VerifiedBytes > 100);
        // The same when the merged branch is gone and its timeline absorbed.
        await lab.Lab.PurgeAsync($"{word}-source");
        Assert.Null((await VerifyAsync(word))[^1].HistoryBreak);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_only_a_tag_sees_any_more_is_verified_by_a_branch_forked_from_it(bool isChanged)
    {
        var word = await MakeAsync();
        var tag = await lab.Lab.TagAsync($"{word}-cited", new() { Branch = Branch($"{word}-target") });
        await lab.Lab.PurgeAsync($"{word}-source");
        await lab.Lab.PurgeAsync($"{word}-target");
        await lab.Lab.SweepAsync();
        if (isChanged)
        {
            await lab.Lab.AsOwnerAsync(
                $"""
                UPDATE records.row SET document = jsonb_set(document, ARRAY['2'], '77') WHERE timeline_id = (
                    SELECT timeline_id FROM branching.tag WHERE name = '{word}-cited')
                """
            );
        }

        await lab.Lab.CreateAsync($"{word}-again-target", new() { Point = new() { Tag = tag.Name } });

        var end = (await VerifyAsync($"{word}-again"))[^1];
        Assert.Equal(isChanged, end.HistoryBreak is not null);
        Assert.True(isChanged || end.VerifiedBytes > 100);
    }

    [Theory]
    // Records.
    [InlineData(
        $"UPDATE records.row SET document = '{{\"1\": \"s1\"}}' WHERE {Subjects}",
        "record s1 of dataset 'subject'"
    )]
    [InlineData($"UPDATE records.row SET document = NULL WHERE {Subjects}", "record s1 of dataset 'subject'")]
    [InlineData($"UPDATE records.row SET digest = sha256('x') WHERE {Subjects}", "record s1 of dataset 'subject'")]
    [InlineData(
        "UPDATE records.row SET document = other.document, digest = other.digest FROM records.row other "
            + "WHERE records.row.timeline_id = $line AND records.row.dataset_id = $subject "
            + "AND position('s2'::bytea IN records.row.key) > 0 AND other.timeline_id = $line "
            + "AND other.dataset_id = $subject AND position('s1'::bytea IN other.key) > 0",
        "digest that it vouches for"
    )]
    [InlineData($"DELETE FROM records.row WHERE {Subjects}", "it wrote 2 records, and 1 are stored")]
    [InlineData(
        $"INSERT INTO records.row SELECT project_id, dataset_id, 's7', version, timeline_id, NULL, false, document, "
            + $"digest FROM records.row WHERE {Subjects} ORDER BY version LIMIT 1",
        "it wrote 2 records, and 3 are stored"
    )]
    [InlineData(
        "INSERT INTO records.row SELECT project_id, dataset_id, key, $head - 1000000, timeline_id, NULL, false, "
            + $"document, digest FROM records.row WHERE {Subjects} ORDER BY version LIMIT 1",
        "a row of records.row says"
    )]
    [InlineData(
        "UPDATE records.dataset SET name = 'patient' WHERE dataset_id = $subject",
        "digest that it vouches for"
    )]
    [InlineData(
        "UPDATE records.dataset SET definition = jsonb_set(definition, '{columns,1,name}', '\"years\"') "
            + "WHERE dataset_id = $subject",
        "digest that it vouches for"
    )]
    [InlineData(
        $"UPDATE records.row SET superseded_version = $head WHERE {Subjects}",
        "lists show another state: record"
    )]
    [InlineData(
        $"UPDATE records.row SET superseded_version = NULL WHERE {Subjects} AND superseded_version IS NOT NULL",
        "lists show another state: record s1 of dataset 'subject'"
    )]
    [InlineData(
        $"UPDATE records.row SET shadows = false WHERE {Subjects}",
        "lists show another state: record s1 of dataset 'subject'"
    )]
    // Merges.
    [InlineData("UPDATE records.row SET document = '{}' WHERE version = $merge", "record s1 of dataset 'subject'")]
    [InlineData("DELETE FROM records.row WHERE version = $merge", "digest that it vouches for")]
    [InlineData(
        "UPDATE branching.merged_vector SET through = ARRAY[1]::bigint[], owners = ARRAY[$line] "
            + "WHERE version = $merge",
        "timeline"
    )]
    [InlineData(
        "UPDATE branching.vector_entry SET through_version = through_version - 1 WHERE since_version = $merge",
        "sees timeline",
        "it is seen, and missing"
    )]
    // Signals.
    [InlineData("UPDATE signals.stream SET name = 'emg' WHERE timeline_id = $line", "digest that it vouches for")]
    [InlineData("UPDATE signals.stream SET start_time_ns = 0 WHERE timeline_id = $line", "digest that it vouches for")]
    [InlineData("UPDATE signals.stream SET finished = false WHERE timeline_id = $line", "digest that it vouches for")]
    [InlineData(
        "UPDATE signals.annotation SET text = 'nothing' WHERE timeline_id = $line",
        "digest that it vouches for"
    )]
    [InlineData(
        "UPDATE signals.time_anchor SET instant_ns = 5 WHERE timeline_id = $line",
        "digest that it vouches for"
    )]
    [InlineData("UPDATE signals.gap SET cause = 4 WHERE timeline_id = $line", "digest that it vouches for")]
    [InlineData("DELETE FROM signals.gap WHERE timeline_id = $line", "it wrote 1 gaps, and 0 are stored")]
    [InlineData(
        "DELETE FROM signals.block WHERE timeline_id = $line AND first_sample = 0",
        "1 blocks, and 0 are stored"
    )]
    [InlineData(
        "UPDATE signals.block SET payload = other.payload FROM signals.block other WHERE "
            + "signals.block.timeline_id = $line AND signals.block.first_sample = 0 AND other.timeline_id = $line "
            + "AND other.first_sample = 120",
        "holds other samples than were digested"
    )]
    [InlineData(
        "UPDATE signals.block SET payload = other.payload, sample_digest = other.sample_digest "
            + "FROM signals.block other WHERE signals.block.timeline_id = $line AND signals.block.first_sample = 0 "
            + "AND other.timeline_id = $line AND other.first_sample = 120",
        "digest that it vouches for"
    )]
    [InlineData(
        "INSERT INTO signals.block SELECT project_id, timeline_id, stream_id, channel_group, 5000, "
            + "sample_count, version, format, checksum, sample_digest, summary, payload FROM signals.block "
            + "WHERE timeline_id = $line AND first_sample = 0",
        "a row of signals.block says"
    )]
    public async Task What_was_tampered_with_is_said(string sql, string problem, string? chainProblem = null)
    {
        var word = await MakeAsync();
        var line = $"(SELECT timeline_id FROM branching.branch WHERE name = '{word}-target')";
        var subject = $"(SELECT max(dataset_id) FROM records.dataset WHERE timeline_id = {line} AND name = 'subject')";
        var merge = $"(SELECT max(version) FROM branching.commit WHERE timeline_id = {line} AND kind = 'merge')";
        var head = $"(SELECT head_version FROM branching.timeline WHERE timeline_id = {line})";
        var names = new Dictionary<string, string>
        {
            ["$line"] = line,
            ["$subject"] = subject,
            ["$merge"] = merge,
            ["$head"] = head,
        };
        sql = names.Aggregate(sql, (text, name) => text.Replace(name.Key, name.Value, StringComparison.Ordinal));

        await lab.Lab.AsOwnerAsync(sql);

        var end = (await VerifyAsync(word))[^1];
        Assert.True(end.Done);
        Assert.NotNull(end.HistoryBreak);
        Assert.Contains(problem, end.HistoryBreak.Problem, StringComparison.Ordinal);
        // The chain itself mostly holds: only who reads the data finds out.
        var chain = (await VerifyAsync(word, includeData: false))[^1];
        Assert.Equal(chainProblem, chain.HistoryBreak?.Problem);
    }

    /// <returns>The word that the branches' names begin with.</returns>
    private async Task<string> MakeAsync()
    {
        var word = $"verify-{Interlocked.Increment(ref count)}";
        var trial = await Trial.CreateAsync(lab.Lab, word);
        await trial.PutAsync("source", ("s1", 41, "placebo", "c1"), ("s3", 60, null, null));
        await trial.PutAsync("target", ("s1", 40, "active", "c1"), ("s4", 61, null, null));
        await lab.Lab.Merges.MergeBranchAsync(new() { Pair = trial.Pair }, lab.Lab.Lab);
        await lab.AppendAsync($"{word}-target", 0, 100);
        await lab.AppendAsync(
            $"{word}-target",
            "eeg",
            new()
            {
                Gap = new()
                {
                    Range = new() { StartSample = 100, EndSample = 120 },
                    Cause = GapCause.Paused,
                },
            },
            Block(120, 100)
        );
        var annotation = new Annotation
        {
            StartSample = 7,
            Text = "spike",
            Metadata = new()
            {
                Fields =
                {
                    ["b"] = new() { NumberValue = 1.50 },
                    ["a"] = new() { StringValue = "x" },
                },
            },
        };
        var anchor = new TimeAnchor
        {
            Sample = 3,
            Instant = Recording.Descriptor().StartTime,
            DeviceSeconds = 0.1,
        };
        await lab.AppendAsync(
            $"{word}-target",
            "eeg",
            new() { Annotations = new() { Annotations = { annotation } } },
            new() { TimeAnchors = new() { Anchors = { anchor } } }
        );
        using var writer = await lab.OpenAsync($"{word}-target");
        await writer.CloseAsync(finish: true);
        return word;
    }

    private async Task<List<VerifyHistoryResponse>> VerifyAsync(string word, bool includeData = true)
    {
        var request = new VerifyHistoryRequest { Parent = Branch($"{word}-target"), IncludeData = includeData };
        using var call = lab.Lab.History.VerifyHistory(request, lab.Lab.Lab);
        return await call.ResponseStream.ReadAllAsync().ToListAsync();
    }
}
