using Dendrite.Cli.Connection;
using Dendrite.Cli.Hosting;
using Dendrite.V1;
using Google.Protobuf;
using YamlDotNet.Core;

namespace Dendrite.Cli.Workflows;

/// <summary>
/// A workflow in a file: the contract's JSON, or the same in YAML. Ids stand for full names of the session's project.
/// </summary>
internal static class WorkflowFile
{
    /// <summary>Fifty steps with all they may hold take less.</summary>
    private const int MaxCharacters = 4 << 20;

    /// <param name="path">YAML where it ends so; <c>-</c>: standard input, YAML or JSON.</param>
    /// <exception cref="CliException">FILE_NOT_FOUND, FILE_NOT_READABLE, FILE_REFUSED.</exception>
    public static async Task<Workflow> ReadAsync(Session session, string path, CancellationToken cancellationToken)
    {
        var text = await DefinitionFile.ReadTextAsync(path, cancellationToken);
        try
        {
            if (text.Length > MaxCharacters)
                throw Refused(path, $"it has {text.Length} characters; at most {MaxCharacters} are read");
            // JSON is YAML too; its own parser says better what is wrong with it.
            var json = IsYaml(path, text) ? YamlText.ToJson(text) : text;
            var workflow = JsonParser.Default.Parse<Workflow>(json);
            Expand(workflow, session.Platform);
            return workflow;
        }
        catch (Exception error) when (error is InvalidProtocolBufferException or InvalidJsonException)
        {
            throw Refused(path, error.Message);
        }
        catch (YamlException error)
        {
            throw Refused(path, $"line {error.Start.Line}, column {error.Start.Column}: {error.Message}");
        }
    }

    private static bool IsYaml(string path, string text) =>
        path.EndsWith(".yaml", StringComparison.OrdinalIgnoreCase)
        || path.EndsWith(".yml", StringComparison.OrdinalIgnoreCase)
        || (path == "-" && !text.TrimStart().StartsWith('{'));

    private static void Expand(Workflow workflow, Platform platform)
    {
        foreach (var step in workflow.Steps)
        {
            if (step.ActionCase is WorkflowStep.ActionOneofCase.SyncSource && step.SyncSource.Length > 0)
                step.SyncSource = platform.SyncSourceName(step.SyncSource);
            if (step.Merge is { Target.Length: > 0 } merge)
                merge.Target = platform.BranchName(merge.Target);
            if (step.Fork?.Source is { Branch.Length: > 0 } source)
                source.Branch = platform.BranchName(source.Branch);
            if (step.Fork?.Source?.Point is { PointCase: SnapshotPoint.PointOneofCase.Tag } point)
                point.Tag = platform.TagName(point.Tag);
            for (var i = 0; i < step.Checks?.Checks.Count; i++)
                step.Checks.Checks[i] = platform.QualityCheckName(step.Checks.Checks[i]);
        }
    }

    private static CliException Refused(string path, string problem) =>
        DefinitionFile.Refused($"{path} is no workflow: {problem}");
}
