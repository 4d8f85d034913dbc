using Dendrite.Cli.Output;
using Dendrite.V1;

namespace Dendrite.Cli.History;

/// <summary>How commits look, in text and in JSON.</summary>
internal static class CommitView
{
    private const int MessageLength = 60;

    public static void WriteOne(CliOutput output, Commit commit)
    {
        if (output.IsJson)
        {
            output.WriteMessage(commit);
            return;
        }
        output.WriteLine($"commit   {commit.Name}");
        output.WriteLine($"made     {Shown.Time(commit.CommitTime)} by {commit.Author}");
        output.WriteLine($"kind     {Kind(commit)}");
        if (commit.MergedCommit.Length > 0)
        {
            output.WriteLine($"merged   {commit.MergedCommit}");
        }
        output.WriteLine(
            $"parent   {(commit.ParentVersion == 0 ? "none in its line" : $"version {commit.ParentVersion}")}"
        );
        output.WriteLine($"hash     {Convert.ToHexStringLower(commit.Hash.Span)}");
        output.WriteLine($"digest   {Convert.ToHexStringLower(commit.Digest.Span)}");
        output.WriteLine($"wrote    {Wrote(commit.Statistics)}");
        if (commit.Message.Length > 0)
        {
            output.WriteLine($"message  {commit.Message}");
        }
    }

    public static void WriteList(CliOutput output, ListCommitsResponse list)
    {
        if (output.IsJson)
        {
            output.WriteMessage(list);
            return;
        }
        var table = new TextTable("VERSION", "BRANCH", "KIND", "MADE", "BY", "WROTE", "MESSAGE");
        foreach (var commit in list.Commits)
        {
            table.Add(
                $"{commit.Version}",
                commit.Name.Split('/')[3],
                Kind(commit),
                Shown.Time(commit.CommitTime),
                commit.Author,
                Wrote(commit.Statistics),
                Shown.Brief(commit.Message, MessageLength)
            );
        }
        table.WriteTo(output);
        output.NoteMore(list.NextPageToken);
    }

    private static string Kind(Commit commit) => commit.Kind.ToString().ToLowerInvariant();

    private static string Wrote(CommitStatistics? statistics)
    {
        if (statistics is null)
        {
            return "";
        }

        var parts = new List<string>();
        if (statistics.Samples > 0)
        {
            parts.Add($"{Figures.Count(statistics.Samples, "sample")} ({Figures.Bytes(statistics.BlockBytes)})");
        }
        if (statistics.Records > 0)
        {
            parts.Add(Figures.Count(statistics.Records, "record"));
        }
        return string.Join(", ", parts);
    }
}
