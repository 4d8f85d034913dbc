using Dendrite.Cli.Output;
using Dendrite.V1;
using Google.Protobuf;

namespace Dendrite.Cli.Backups;

/// <summary>Shows plans, backups, and what became of them.</summary>
internal static class BackupView
{
    /// <summary>As many as tell digests apart at a glance.</summary>
    private const int DigestDigits = 16;

    public static void Write(CliOutput output, BackupPlan plan)
    {
        if (WroteJson(output, plan))
        {
            return;
        }

        output.WriteLine($"{Shown.Id(plan.Name)}  {plan.DisplayName}".TrimEnd());
        output.WriteLine($"branches  {Filter(plan.BranchFilter)}");
        output.WriteLine($"tags      {Filter(plan.TagFilter)}");
        output.WriteLine($"store     {plan.Store}");
        output.WriteLine($"keep      {Keep(plan)}");
        output.WriteLine($"verify    {(plan.Verify ? "each backup is read back" : "no")}");
        output.WriteLine($"etag      {plan.Etag}");
    }

    public static void Write(CliOutput output, ListBackupPlansResponse list)
    {
        if (WroteJson(output, list))
        {
            return;
        }

        if (list.BackupPlans.Count == 0)
        {
            output.WriteLine("No backup plans. 'dendrite backup plan create' makes one.");
            return;
        }

        var table = new TextTable("PLAN", "STORE", "KEEP", "VERIFY", "BRANCHES", "TAGS");
        foreach (var plan in list.BackupPlans)
        {
            table.Add(
                Shown.Id(plan.Name),
                plan.Store,
                Keep(plan),
                plan.Verify ? "yes" : "no",
                Filter(plan.BranchFilter),
                Filter(plan.TagFilter)
            );
        }

        table.WriteTo(output);
    }

    public static void Write(CliOutput output, Backup backup)
    {
        if (WroteJson(output, backup))
        {
            return;
        }

        output.WriteLine(Brief(backup));
        output.WriteLine($"state of  {Shown.Time(backup.CreateTime)}");
        output.WriteLine($"complete  {Shown.Time(backup.CompleteTime)}");
        output.WriteLine($"verified  {(backup.VerifyTime is null ? "never" : Shown.Time(backup.VerifyTime))}");
        output.WriteLine(
            $"size      {Figures.Bytes(backup.TotalBytes)}, {Figures.Bytes(backup.AddedBytes)} of it added"
        );
        output.WriteLine($"digest    {Hex(backup.Digest)}");
        var table = new TextTable("HOLDS", "VERSION", "DIGEST");
        foreach (var item in backup.Items)
        {
            table.Add(Item(item.Resource), $"{item.Version}", Hex(item.Digest)[..DigestDigits]);
        }

        table.WriteTo(output);
    }

    public static void Write(CliOutput output, ListBackupsResponse list)
    {
        if (WroteJson(output, list))
        {
            return;
        }

        if (list.Backups.Count == 0)
        {
            output.WriteLine("No backups yet. 'dendrite backup start' makes one.");
            return;
        }

        var table = new TextTable("BACKUP", "STATE OF", "HOLDS", "SIZE", "ADDED", "VERIFIED");
        foreach (var backup in list.Backups)
        {
            table.Add(
                Brief(backup),
                Shown.Time(backup.CreateTime),
                $"{backup.Items.Count}",
                Figures.Bytes(backup.TotalBytes),
                Figures.Bytes(backup.AddedBytes),
                backup.VerifyTime is null ? "never" : Shown.Time(backup.VerifyTime)
            );
        }

        table.WriteTo(output);
    }

    public static void Write(CliOutput output, BackupVerification found)
    {
        if (WroteJson(output, found))
        {
            return;
        }

        foreach (var damage in found.Damages)
        {
            var place = damage.HasOffset ? $" at byte {damage.Offset}" : "";
            output.WriteLine($"damaged   {damage.Object}{place}: {damage.Problem}");
        }

        output.WriteLine(
            found.Damages.Count == 0
                ? $"whole     {Figures.Bytes(found.ReadBytes)} read, every digest is that of the backup"
                : $"{Figures.Count(found.Damages.Count, "object is", "objects are")} damaged; "
                    + $"{Figures.Bytes(found.ReadBytes)} read"
        );
    }

    /// <param name="damages">What was found in the store on the way; null where none was looked through.</param>
    public static void Write(CliOutput output, RestoreResult result, IReadOnlyList<BackupDamage>? damages)
    {
        if (damages is not null && output.IsJson)
        {
            output.WriteMessage(result, "damages", damages);
            return;
        }

        if (WroteJson(output, result))
        {
            return;
        }

        foreach (var made in result.Branches.Concat(result.Tags))
        {
            output.WriteLine($"restored  {Item(made)}");
        }

        output.WriteLine($"{Figures.Bytes(result.ReadBytes)} read, every digest is that of the backup");
    }

    private static bool WroteJson(CliOutput output, IMessage message)
    {
        if (output.IsJson)
        {
            output.WriteMessage(message);
        }

        return output.IsJson;
    }

    /// <summary><c>nightly/20261121-…</c>, as commands take it.</summary>
    private static string Brief(Backup backup) =>
        backup.Name.Split('/') is [_, _, _, var plan, _, var id] ? $"{plan}/{id}" : backup.Name;

    private static string Item(string resource) =>
        resource.Split('/') is [_, _, var kind, var id] ? $"{(kind == "tags" ? "tag" : "branch")} {id}" : resource;

    private static string Hex(ByteString bytes) => Convert.ToHexStringLower(bytes.Span);

    private static string Filter(string filter) => filter.Length == 0 ? "none" : filter;

    private static string Keep(BackupPlan plan) => plan.Keep is null ? "for ever" : Shown.Span(plan.Keep);
}
