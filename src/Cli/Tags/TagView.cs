using Dendrite.Cli.Output;
using Dendrite.V1;

namespace Dendrite.Cli.Tags;

/// <summary>How tags look, in text and in JSON.</summary>
internal static class TagView
{
    public static void WriteOne(CliOutput output, Tag tag)
    {
        if (output.IsJson)
        {
            output.WriteMessage(tag);
            return;
        }
        output.WriteLine($"name     {tag.Name}");
        output.WriteLine($"names    {Source(tag)}");
        output.WriteLine($"made     {Shown.Time(tag.CreateTime)} by {tag.Creator}");
        if (tag.Labels.Count > 0)
        {
            output.WriteLine($"labels   {Shown.Pairs(tag.Labels)}");
        }
        if (tag.Description.Length > 0)
        {
            output.WriteLine($"about    {tag.Description}");
        }
        if (tag.Metadata is { Fields.Count: > 0 } metadata)
        {
            output.WriteLine($"more     {metadata}");
        }
        output.WriteLine($"etag     {tag.Etag}");
    }

    public static void WriteList(CliOutput output, ListTagsResponse list)
    {
        if (output.IsJson)
        {
            output.WriteMessage(list);
            return;
        }
        var table = new TextTable("TAG", "NAMES", "MADE", "BY", "ABOUT");
        foreach (var tag in list.Tags)
        {
            table.Add(Shown.Id(tag.Name), Source(tag), Shown.Time(tag.CreateTime), tag.Creator, tag.Description);
        }
        table.WriteTo(output);
    }

    private static string Source(Tag tag) =>
        tag.Branch.Length == 0 ? $"version {tag.Version} of a purged branch" : $"{Shown.Id(tag.Branch)}@{tag.Version}";
}
