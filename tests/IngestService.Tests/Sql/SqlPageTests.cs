using System.Text.RegularExpressions;
using Npgsql;

namespace Dendrite.IngestService.Tests.Sql;

/// <summary>The statements of docs/sql.md run, and give rows.</summary>
public sealed partial class SqlPageTests(IngestFixture fixture) : IClassFixture<IngestFixture>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_statement_of_the_page_gives_rows()
    {
        string branch = await fixture.ForkAsync();
        await RecordAsync($"projects/lab/branches/{branch}/streams/eeg");
        await RecordIrregularAsync($"projects/lab/branches/{branch}/streams/markers");
        await using (
            var let = fixture.Database.Owner.CreateCommand("SELECT access.let_read('dendrite_reader', " + "'lab')")
        )
        {
            await let.ExecuteNonQueryAsync(Token);
        }
        await using var connection = await fixture.Database.Reader.OpenConnectionAsync(Token);
        var blocks = Blocks().Matches(await PageAsync()).Select(match => match.Groups["sql"].Value).ToList();
        Assert.NotEmpty(blocks);

        foreach (string statement in blocks.SelectMany(block => block.Split(';', StringSplitOptions.TrimEntries)))
        {
            if (statement.Length > 0)
            {
                await using var command = new NpgsqlCommand(statement.Replace("trial-7", branch), connection);
                await using var reader = await command.ExecuteReaderAsync(Token);
                Assert.True(await reader.ReadAsync(Token), $"No row: {statement}");
                while (await reader.ReadAsync(Token))
                {
                    // A row that cannot be computed is told when it is reached.
                }
            }
        }
    }

    /// <summary>One sample, at an instant of its own.</summary>
    private async Task RecordIrregularAsync(string stream)
    {
        var descriptor = Recording.Descriptor();
        descriptor.NominalRate = new() { Samples = 0, Seconds = 1 };
        using var gateway = (await Gateway.OpenAsync(fixture, stream, descriptor)).Gateway;
        await gateway.SendAsync(Recording.Block(0, 1));
        await gateway.CloseAsync();
    }

    private async Task RecordAsync(string stream)
    {
        using var gateway = (await Gateway.OpenAsync(fixture, stream)).Gateway;
        await gateway.SendAsync(Recording.Block(0, 100));
        var lost = new V1.Gap
        {
            Range = new() { StartSample = 100, EndSample = 120 },
            Cause = V1.GapCause.Paused,
        };
        await gateway.SendAsync(new V1.AppendRequest { Gap = lost });
        await gateway.CloseAsync();
        var put = new V1.PutAnnotationsRequest { Stream = stream };
        put.Annotations.Add(new V1.Annotation { StartSample = 20, Text = "blink" });
        await fixture.Ingest.PutAnnotationsAsync(put, IngestFixture.Options);
    }

    private static async Task<string> PageAsync()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Platform.sln")))
        {
            folder = folder.Parent!;
        }
        return await File.ReadAllTextAsync(Path.Combine(folder.FullName, "docs", "sql.md"), Token);
    }

    [GeneratedRegex("```sql\n(?<sql>.*?)```", RegexOptions.Singleline | RegexOptions.ExplicitCapture, 1_000)]
    private static partial Regex Blocks();
}
