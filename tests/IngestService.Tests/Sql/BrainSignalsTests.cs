using System.Runtime.InteropServices;
using Dendrite.Signals.Blocks;
using Npgsql;

namespace Dendrite.IngestService.Tests.Sql;

/// <summary><c>brain_signals</c> shows what the service answers, to whom it may, and nothing else.</summary>
public sealed partial class BrainSignalsTests(IngestFixture fixture) : IClassFixture<IngestFixture>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Streams_channels_annotations_gaps_and_masks_are_those_of_the_service()
    {
        var (stream, _) = await RecordAsync();
        await using var sql = await OpenAsync(stream);
        var known = (await fixture.Query.GetStreamAsync(new() { Name = stream }, IngestFixture.Options)).Stream;
        var notes = await fixture.Query.ListAnnotationsAsync(new() { Parent = stream }, IngestFixture.Options);
        var gaps = await fixture.Query.ListGapsAsync(new() { Parent = stream }, IngestFixture.Options);
        var masks = await fixture.Query.ListMasksAsync(new() { Parent = stream }, IngestFixture.Options);

        Assert.Equal(
            [$"eeg|{known.Uid}|256|{known.EndSample}|{known.MissingSampleCount}|{known.Channels.Count}|t"],
            await RowsAsync(
                sql,
                """
                SELECT concat_ws('|', name, uid, trunc(sample_rate_hz), end_sample, missing_samples, channel_count,
                    start_time = '2026-03-04T05:06:07Z')
                FROM brain_signals.streams
                """
            )
        );
        Assert.Equal(
            known.Channels.Select((channel, i) => $"{i + 1}|{channel.Label}|{channel.Unit}|int16|0.5|1"),
            await RowsAsync(
                sql,
                """
                SELECT concat_ws('|', place, label, unit, sample_type, scale, zero_offset)
                FROM brain_signals.channels WHERE stream = 'eeg' ORDER BY place
                """
            )
        );
        Assert.Equal(
            notes.Annotations.Select(note => $"{note.AnnotationId}|{note.StartSample}|{note.Text}|{note.Version}"),
            await RowsAsync(
                sql,
                """
                SELECT concat_ws('|', annotation_id, start_sample, text, version)
                FROM brain_signals.annotations ORDER BY start_sample, annotation_id
                """
            )
        );
        Assert.Equal(
            gaps.Gaps.Select(gap =>
                $"{gap.Range.StartSample}|{gap.Range.EndSample}|device counter " + $"jump|{gap.Version}"
            ),
            await RowsAsync(
                sql,
                "SELECT concat_ws('|', first_sample, end_sample, cause, version) FROM brain_signals.gaps ORDER BY 1"
            )
        );
        Assert.Equal(
            masks.Masks.Select(mask =>
                $"{mask.MaskId}|{mask.Range.StartSample}|{mask.Range.EndSample}|{string.Join(' ', mask.Channels)}"
            ),
            await RowsAsync(
                sql,
                """
                SELECT mask_id || '|' || first_sample || '|' || end_sample || '|' || array_to_string(channels, ' ')
                FROM brain_signals.masks ORDER BY first_sample, mask_id
                """
            )
        );
    }

    [Fact]
    public async Task Samples_are_those_of_the_service_and_what_is_missing_or_masked_has_no_row()
    {
        var (stream, before) = await RecordAsync();
        await using var sql = await OpenAsync(stream);

        Assert.Equal(await ReadAsync(stream, null, 30, 330), await SamplesAsync(sql, 30, 330));
        await RowsAsync(sql, $"SELECT brain_signals.use('lab', '{BranchOf(stream)}', '{before}')");
        var earlier = await SamplesAsync(sql, 30, 330);
        Assert.Equal(await ReadAsync(stream, before, 30, 330), earlier);
        Assert.Equal(4 * (300 - 50), earlier.Count);
    }

    [Fact]
    public async Task Summaries_are_of_whole_blocks_and_say_where_something_is_hidden()
    {
        var (stream, _) = await RecordAsync();
        await using var sql = await OpenAsync(stream);

        var rows = await RowsAsync(
            sql,
            """
            SELECT concat_ws('|', channel, block_start, block_end, is_whole, minimum, maximum, round(mean::numeric, 6))
            FROM brain_signals.summaries WHERE channel = 'c1' ORDER BY block_start
            """
        );

        string Whole(int first, int end)
        {
            var values = Enumerable
                .Range(first, end - first)
                .Select(i => (Recording.SampleOf(1, i) * 0.5) + 1)
                .ToArray();
            return FormattableString.Invariant(
                $"c1|{first}|{end}|t|{values.Min()}|{values.Max()}|{values.Average():0.000000}"
            );
        }

        // Of 100 to 200 a mask hides some of all channels, of 250 to 400 some of c1.
        Assert.Equal([Whole(0, 100), "c1|100|200|f", "c1|250|400|f"], rows);
    }

    [Fact]
    public async Task A_block_without_a_finite_sample_has_no_minimum_maximum_or_mean()
    {
        string stream = $"projects/lab/branches/{await fixture.ForkAsync()}/streams/eeg";
        var descriptor = Recording.Descriptor(2, V1.SampleType.Float32);
        using (var gateway = (await Gateway.OpenAsync(fixture, stream, descriptor)).Gateway)
        {
            float[] samples = [float.NaN, float.PositiveInfinity, float.NaN, 2, float.NaN, 4];
            var planar = MemoryMarshal.AsBytes(samples.AsSpan()).ToArray();
            await gateway.SendAsync(Recording.Encoded(0, 3, planar, 2, SampleType.Float32));
            await gateway.CloseAsync();
        }

        await using var sql = await OpenAsync(stream);
        Assert.Equal(
            ["c0|t|0|none|none|none", "c1|t|2|2|3|2.5"],
            await RowsAsync(
                sql,
                """
                SELECT concat_ws('|', channel, is_whole, finite_count, coalesce(minimum::text, 'none'),
                    coalesce(maximum::text, 'none'), coalesce(mean::text, 'none'))
                FROM brain_signals.summaries ORDER BY channel
                """
            )
        );
    }

    [Fact]
    public async Task Forks_see_their_parents_samples_and_not_what_came_later()
    {
        var (stream, _) = await RecordAsync();
        string fork = await fixture.ForkAsync(BranchOf(stream));
        using (var gateway = (await Gateway.OpenAsync(fixture, stream)).Gateway)
        {
            await gateway.SendAsync(Recording.Block(400, 10));
            await gateway.CloseAsync();
        }
        await using var sql = await OpenAsync(stream);
        Assert.Equal(["410"], await RowsAsync(sql, "SELECT end_sample::text FROM brain_signals.streams"));

        await RowsAsync(sql, $"SELECT brain_signals.use('lab', '{fork}')");

        Assert.Equal(["400"], await RowsAsync(sql, "SELECT end_sample::text FROM brain_signals.streams"));
        Assert.Equal(await ReadAsync(stream, null, 260, 400), await SamplesAsync(sql, 260, 410));
    }

    [Theory]
    [InlineData("SELECT * FROM brain_signals.samples('eeg', 0, 100000000)", "54000")]
    [InlineData("SELECT * FROM brain_signals.samples('eeg', 10, 5)", "22023")]
    [InlineData("SELECT * FROM brain_signals.samples('nobody', 0, 5)", "P0002")]
    [InlineData("SELECT * FROM brain_signals.samples('eeg', 0, 5, '{c0,c99}')", "P0002")]
    [InlineData("SELECT brain_signals.use('lab', 'nowhere')", "P0002")]
    [InlineData("SELECT brain_signals.use('lab', 'main', 'no-such-tag')", "P0002")]
    [InlineData("SELECT brain_signals.use('lab', 'main', '9223372036854775807')", "P0002")]
    [InlineData("SELECT brain_signals.use('lab', 'main', '92233720368547758070')", "P0002")]
    // Another project, one that is not there, and one by the setting that services use.
    [InlineData("SELECT brain_signals.use('other', 'main')", "42501")]
    [InlineData("SELECT brain_signals.use('nothing', 'main')", "42501")]
    [InlineData("SET brain_signals.project = 'other'; SELECT * FROM brain_signals.streams", "42501")]
    // Nothing behind the schema, and nothing that lets others in.
    [InlineData("SELECT * FROM signals.block", "42501")]
    [InlineData("SELECT set_config('dendrite.project_id', '2', false); SELECT * FROM signals.stream", "42501")]
    [InlineData("SELECT * FROM access.reader", "42501")]
    [InlineData("SELECT access.let_read('dendrite_reader', 'other')", "42501")]
    [InlineData("SELECT brain_signals.sight_now()", "42501")]
    [InlineData("SELECT brain_signals.read_block('', 0, 0)", "42501")]
    [InlineData("SET ROLE dendrite_owner", "42501")]
    [InlineData("CREATE TEMPORARY TABLE mine (id int)", "42501")]
    public async Task What_is_not_a_readers_is_refused(string statement, string state)
    {
        var (stream, _) = await RecordAsync();
        await using var sql = await OpenAsync(stream);

        var refused = await Assert.ThrowsAsync<PostgresException>(() => RowsAsync(sql, statement));

        Assert.Equal(state, refused.SqlState);
    }

    [Fact]
    public async Task Who_is_no_longer_let_reads_nothing_and_a_new_session_must_choose()
    {
        var (stream, _) = await RecordAsync();
        await using var sql = await OpenAsync(stream);
        await LetAsync("dendrite_reader", may: false);

        var refused = await Assert.ThrowsAsync<PostgresException>(() =>
            RowsAsync(sql, "SELECT name FROM brain_signals.streams")
        );

        Assert.Equal("42501", refused.SqlState);
        await using var fresh = await fixture.Database.Reader.OpenConnectionAsync(Token);
        var unchosen = await Assert.ThrowsAsync<PostgresException>(() =>
            RowsAsync(fresh, "RESET ALL; SELECT name FROM brain_signals.streams")
        );
        Assert.Contains("brain_signals.use", unchosen.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Only_a_commit_of_the_branchs_line_is_a_state_of_it()
    {
        var (stream, before) = await RecordAsync();
        string fork = await fixture.ForkAsync(BranchOf(stream));
        var (_, ofAnother) = await RecordAsync();
        await MaskAsync(stream, 20, 30);
        long after = (await fixture.Query.GetStreamAsync(new() { Name = stream }, IngestFixture.Options)).Version;
        await using var sql = await OpenAsync(stream);

        async Task<string> UseAsync(string branch, long version)
        {
            await RowsAsync(sql, $"SELECT brain_signals.use('lab', '{branch}', '{version}')");
            var rows = await RowsAsync(sql, "SELECT name || ' ' || end_sample FROM brain_signals.streams");
            return string.Join(' ', rows);
        }

        Assert.Equal("eeg 400", await UseAsync(BranchOf(stream), before));
        Assert.Equal("eeg 400", await UseAsync(BranchOf(stream), after));
        Assert.Equal("eeg 400", await UseAsync(fork, before));
        // Before any commit, as the services have it.
        Assert.Equal("", await UseAsync(fork, 0));
        // Between two of its commits, after the last one, and after the fork.
        foreach (
            var (branch, version) in new[]
            {
                (BranchOf(stream), ofAnother),
                (BranchOf(stream), after + 1),
                (fork, after),
            }
        )
        {
            var refused = await Assert.ThrowsAsync<PostgresException>(() => UseAsync(branch, version));
            Assert.Equal("P0002", refused.SqlState);
            Assert.Equal($"branch {branch} has no commit {version} in its line", refused.MessageText);
        }
        // What was refused was not chosen.
        Assert.Equal([""], await RowsAsync(sql, "SELECT coalesce(min(name), '') FROM brain_signals.streams"));
    }

    [Fact]
    public async Task A_later_role_of_a_readers_name_reads_nothing_until_it_is_let()
    {
        var (stream, _) = await RecordAsync();
        var role = $"ann_{Guid.CreateVersion7():n}";
        string make = $"CREATE ROLE {role} LOGIN IN ROLE dendrite_reader_service";
        await using var owner = await fixture.Database.Owner.OpenConnectionAsync(Token);
        await AssertNoRoleAsync(role, may: true);
        await AssertNoRoleAsync(role, may: false);

        async Task<List<string>> UseAsync()
        {
            await using var sql = new NpgsqlConnection(fixture.Database.ConnectionString(role) + ";Pooling=false");
            await sql.OpenAsync(Token);
            return await RowsAsync(sql, $"SELECT brain_signals.use('lab', '{BranchOf(stream)}')");
        }

        await RowsAsync(owner, make);
        await LetAsync(role, may: true);
        Assert.Single(await UseAsync());
        await RowsAsync(owner, $"DROP ROLE {role}; {make}");
        Assert.Equal("42501", (await Assert.ThrowsAsync<PostgresException>(UseAsync)).SqlState);
        await LetAsync(role, may: true);
        Assert.Single(await UseAsync());
        // What a role that is gone was let can be taken back, once.
        await RowsAsync(owner, $"DROP ROLE {role}");
        await LetAsync(role, may: false);
        await AssertNoRoleAsync(role, may: false);
    }
}
