using Dendrite.Cli.Output;
using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;

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
        output.WriteLine($"state    {State(branch)}{(branch.Protected ? ", protected" : "")}");
        output.WriteLine($"head     version {branch.HeadVersion}");
        if (branch.ForkPoint is { } fork)
        {
            output.WriteLine($"forked   from {Id(fork.Branch)} at version {fork.Version}");
        }
        output.WriteLine($"created  {Time(branch.CreateTime)}");
        if (branch.ExpireTime is not null)
        {
            output.WriteLine($"expires  {Time(branch.ExpireTime)}");
        }
        if (branch.DisplayName.Length > 0)
        {
            output.WriteLine($"title    {branch.DisplayName}");
        }
        if (branch.Description.Length > 0)
        {
            output.WriteLine($"about    {branch.Description}");
        }
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
            string fork = branch.ForkPoint is { } point ? $"{Id(point.Branch)}@{point.Version}" : "";
            table.Add(
                Id(branch.Name),
                State(branch),
                $"{branch.HeadVersion}",
                fork,
                Time(branch.CreateTime),
                branch.DisplayName
            );
        }
        table.WriteTo(output);
    }

    public static void WriteDeleted(CliOutput output, DeleteBranchResponse response)
    {
        if (output.IsJson)
        {
            output.WriteMessage(response);
            return;
        }
        output.WriteLine(
            response.Branch is { } branch
                ? $"{Id(branch.Name)} is deleted; it can be restored until {Time(branch.PurgeTime)}."
                : "The branch is gone."
        );
    }

    private static string Id(string name) => name[(name.LastIndexOf('/') + 1)..];

    private static string State(Branch branch) => branch.State.ToString().ToLowerInvariant();

    private static string Time(Timestamp? time) =>
        time is null ? "" : $"{time.ToDateTimeOffset():yyyy-MM-dd HH:mm:ss}Z";
}
