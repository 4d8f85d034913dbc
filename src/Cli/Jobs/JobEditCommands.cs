using System.CommandLine;
using Dendrite.Cli.Hosting;
using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;

namespace Dendrite.Cli.Jobs;

/// <summary><c>dendrite job create | update</c>: from options, or from a file.</summary>
internal static class JobEditCommands
{
    public static Command Create(CliApplication application)
    {
        var (id, options, file) = (JobCommands.IdArgument(), new JobOptions(isNew: true), FileOption());
        var command = new Command("create", "Make a job, from options or from a file.") { id, file };
        options.AddTo(command);
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var job = await ReadFileAsync(session, file, cancellationToken) ?? new Job();
                options.ApplyTo(session, job);
                if (job.Task is null)
                    throw Usage("Say what the job does: --task retention, say, or a --file that does.");
                var made = await session.Platform.Jobs.CreateJobAsync(
                    new()
                    {
                        Parent = session.Platform.ProjectName,
                        JobId = session.Arguments.GetRequiredValue(id),
                        Job = job,
                        RequestId = session.NewRequestId(),
                    },
                    cancellationToken: cancellationToken
                );
                JobView.Write(session.Output, made.Job);
                return ExitCode.Success;
            }
        );
        return command;
    }

    public static Command Update(CliApplication application)
    {
        var (id, options, file) = (JobCommands.IdArgument(), new JobOptions(isNew: false), FileOption());
        var etag = new Option<string?>("--etag") { Description = "Only if it is unchanged since.", HelpName = "ETAG" };
        var manual = new Option<bool>("--no-schedule") { Description = "Run it only when a caller says so." };
        var command = new Command("update", "Change what is given of a job, and nothing else.")
        {
            id,
            file,
            etag,
            manual,
        };
        options.AddTo(command);
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var name = session.Platform.JobName(session.Arguments.GetRequiredValue(id));
                var job = await ReadFileAsync(session, file, cancellationToken) ?? new Job();
                await CompleteAsync(session, name, options, job, cancellationToken);
                options.ApplyTo(session, job);
                job.Name = name;
                job.Etag = session.Arguments.GetValue(etag) ?? job.Etag;
                var updated = await session.Platform.Jobs.UpdateJobAsync(
                    new()
                    {
                        Job = job,
                        UpdateMask = MaskOf(
                            job,
                            options.SetsLabels(session.Arguments),
                            session.Arguments.GetValue(manual)
                        ),
                        RequestId = session.NewRequestId(),
                    },
                    cancellationToken: cancellationToken
                );
                JobView.Write(session.Output, updated.Job);
                return ExitCode.Success;
            }
        );
        return command;
    }

    /// <summary>
    /// Options change single figures of a policy and single labels; the contract changes both as a whole: what the file
    /// does not give of them is what there is, under the etag of what was read.
    /// </summary>
    private static async Task CompleteAsync(
        Session session,
        string name,
        JobOptions options,
        Job job,
        CancellationToken cancellationToken
    )
    {
        var needsPolicy = options.SetsPolicy(session.Arguments) && job.Policy is null;
        var needsLabels = options.SetsLabels(session.Arguments) && job.Labels.Count == 0;
        if (!needsPolicy && !needsLabels)
            return;
        var now = await session.Platform.Jobs.GetJobAsync(new() { Name = name }, cancellationToken: cancellationToken);
        if (needsPolicy)
            job.Policy = now.Job.Policy;
        if (needsLabels)
            job.Labels.Add(now.Job.Labels);
        if (job.Etag.Length == 0)
            job.Etag = now.Job.Etag;
    }

    private static FieldMask MaskOf(Job job, bool setsLabels, bool clearsSchedule)
    {
        var mask = new FieldMask();
        if (job.DisplayName.Length > 0)
            mask.Paths.Add("display_name");
        if (setsLabels || job.Labels.Count > 0)
            mask.Paths.Add("labels");
        if (clearsSchedule && job.Schedule is not null)
            throw Usage("--no-schedule and a schedule contradict each other: give one of them.");
        if (clearsSchedule || job.Schedule is not null)
            mask.Paths.Add("schedule");
        if (job.Task is not null)
            mask.Paths.Add("task");
        if (job.Policy is not null)
            mask.Paths.Add("policy");
        return mask.Paths.Count > 0 ? mask : throw Usage("Nothing is to be changed: give at least one option.");
    }

    private static Option<string?> FileOption() =>
        new("--file")
        {
            Description = "A Job in JSON, as --json shows one; '-' reads standard input. Options come on top.",
            HelpName = "FILE",
        };

    private static async Task<Job?> ReadFileAsync(
        Session session,
        Option<string?> option,
        CancellationToken cancellationToken
    ) =>
        session.Arguments.GetValue(option) is { } path
            ? await DefinitionFile.ReadAsync<Job>(path, cancellationToken)
            : null;

    private static CliException Usage(string problem) => new(ExitCode.Usage, "USAGE", problem);
}
