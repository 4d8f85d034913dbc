using Dendrite.Cli.Output;
using Dendrite.V1;

namespace Dendrite.Cli.Branches;

/// <summary>How branches look, in text and in JSON.</summary>
internal static class BranchView
{
    public static void WriteOne(CliOutput output, Branch branch)
    {
        if (output.IsJson)
        {
            output.WriteMessage(branch);
            return;
        }
        output.WriteLine($"name     {branch.Name}");
        output.WriteLine($"state    {Word(branch.State)}{(branch.Protected ? ", protected" : "")}");
        output.WriteLine($"head     version {branch.HeadVersion}");
        if (branch.ForkPoint is { } fork)
        {
            output.WriteLine($"forked   from {Fork(fork)}");
        }
        output.WriteLine($"kind     {Word(branch.Kind)}");
        output.WriteLine($"owner    {branch.Owner}");
        output.WriteLine($"created  {Shown.Time(branch.CreateTime)}");
        WriteWhere(output, branch.ExpireTime is not null, $"expires  {Shown.Time(branch.ExpireTime)}");
        WriteWhere(
            output,
            branch.PurgeTime is not null,
            $"deleted  {Shown.Time(branch.DeleteTime)}, can be restored until {Shown.Time(branch.PurgeTime)}"
        );
        WriteWhere(output, branch.Labels.Count > 0, $"labels   {Shown.Pairs(branch.Labels)}");
        if (branch.Experiment is { } said)
        {
            var why = said.Reason.Length > 0 ? $": {said.Reason}" : "";
            output.WriteLine($"goes     {Word(said.State)} since {Shown.Time(said.StateTime)}, says {said.Actor}{why}");
        }
        WriteWhere(output, branch.DisplayName.Length > 0, $"title    {branch.DisplayName}");
        WriteWhere(output, branch.Description.Length > 0, $"about    {branch.Description}");
        WriteWhere(output, branch.Etag.Length > 0, $"etag     {branch.Etag}");
    }

    public static void WriteList(CliOutput output, ListBranchesResponse list)
    {
        if (output.IsJson)
        {
            output.WriteMessage(list);
            return;
        }
        var table = new TextTable("BRANCH", "STATE", "HEAD", "FORKED FROM", "CREATED", "TITLE");
        foreach (var branch in list.Branches)
        {
            string fork = branch.ForkPoint is { } point ? $"{Shown.Id(point.Branch)}@{point.Version}" : "";
            table.Add(
                Shown.Id(branch.Name),
                Word(branch.State),
                $"{branch.HeadVersion}",
                fork,
                Shown.Time(branch.CreateTime),
                branch.DisplayName
            );
        }
        table.WriteTo(output);
    }

    /// <param name="id">Of the branch.</param>
    /// <param name="response">Holds no branch where it went for good, and where there was none.</param>
    /// <param name="wasThere">Whether there was one.</param>
    public static void WriteDeleted(CliOutput output, string id, DeleteBranchResponse response, bool wasThere)
    {
        var (said, until) = (Shown.Id(id), Shown.Time(response.Branch?.PurgeTime));
        output.WriteResult(
            response,
            response.Branch is not null
                    ? $"{said} is deleted; it can be restored until {until}, and keeps its id as long."
                : wasThere
                    ? $"{said} is gone for good; its id is free after the next maintenance "
                        + "('dendrite job run maintenance' runs it now)."
                : $"There is no branch {said}."
        );
    }

    /// <summary>Ancestors, the branch and descendants, each with the merges into it.</summary>
    public static void WriteGraph(CliOutput output, GetBranchGraphResponse graph)
    {
        if (output.IsJson)
        {
            output.WriteMessage(graph);
            return;
        }
        var table = new TextTable("BRANCH", "STATE", "HEAD", "FORKED FROM", "MERGED INTO IT");
        foreach (var branch in graph.Branches)
        {
            var merges = graph.Merges.Where(merge => merge.Target == branch.Name);
            table.Add(
                Shown.Id(branch.Name),
                Word(branch.State),
                $"{branch.HeadVersion}",
                branch.ForkPoint is { } fork ? Fork(fork) : "",
                string.Join(", ", merges.Select(merge => $"{Shown.Id(merge.Source)}@{merge.SourceVersion}"))
            );
        }
        table.WriteTo(output);
    }

    private static void WriteWhere(CliOutput output, bool isSaid, string line)
    {
        if (isSaid)
        {
            output.WriteLine(line);
        }
    }

    private static string Fork(ForkPoint fork) =>
        (fork.Branch.Length > 0 ? Shown.Id(fork.Branch) : "a purged branch")
        + $" at version {fork.Version}"
        + (fork.Tag.Length > 0 ? $" (tag {Shown.Id(fork.Tag)})" : "");

    private static string Word(Enum value) => value.ToString().ToLowerInvariant();
}
