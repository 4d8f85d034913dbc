using Dendrite.Storage;
using Dendrite.Versioning;

namespace Dendrite.ServiceDefaults.Caching;

/// <summary>
/// The keys of hot metadata. Those of a project bear one hash tag, so that a script may use several of them on a Redis
/// cluster.
/// </summary>
internal static class HotKeys
{
    /// <summary>What branches and tags see; <c>branches/main</c>, <c>tags/v1</c>.</summary>
    public static string Entry(ProjectId project, string name) => $"{Root(project)}state:{name}";

    /// <summary>How often the name was changed.</summary>
    public static string NameGeneration(ProjectId project, string name) => $"{Root(project)}changes:{name}";

    /// <summary>Which timeline the name was last seen to point at.</summary>
    public static string Line(ProjectId project, string name) => $"{Root(project)}line:{name}";

    /// <summary>How often a timeline took a commit; the timeline's number follows.</summary>
    public static string LineGenerations(ProjectId project) => $"{Root(project)}commits:";

    public static string LineGeneration(ProjectId project, TimelineId timeline) =>
        $"{LineGenerations(project)}{timeline}";

    /// <summary>The name within the project: <c>projects/lab/branches/main</c> is <c>branches/main</c>.</summary>
    public static string? NameOf(string resource) =>
        resource.Split('/') is ["projects", _, "branches" or "tags", _, ..] parts ? $"{parts[2]}/{parts[3]}" : null;

    private static string Root(ProjectId project) => $"dendrite:{{{project}}}:";
}
