using Dendrite.Contracts.Names;
using Dendrite.Storage.Tags;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;

namespace Dendrite.BranchService.Tags;

/// <summary>From what is stored to the contract.</summary>
internal static class TagMapper
{
    public static V1.Tag ToContract(TagRecord tag, string project)
    {
        var mapped = new V1.Tag
        {
            Name = new TagName(project, tag.Name).ToString(),
            Uid = tag.Uid.ToString(),
            Branch = tag.Branch is { } branch ? new BranchName(project, branch).ToString() : "",
            Version = tag.Version.Value,
            Description = tag.Description,
            Metadata = tag.Metadata is { } json ? JsonParser.Default.Parse<Struct>(json) : null,
            Creator = tag.Creator,
            CreateTime = Timestamps.Of(tag.CreateTime),
            UpdateTime = Timestamps.Of(tag.UpdateTime),
            Etag = Etag.Of(tag.Revision),
        };
        mapped.Labels.Add(tag.Labels.ToDictionary());
        return mapped;
    }
}
