using System.CommandLine;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Reading;
using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;

namespace Dendrite.Cli.Records;

/// <summary><c>dendrite record …</c>: rows of datasets.</summary>
internal static class RecordCommands
{
    public static Command Build(CliApplication application) =>
        new("record", "Read, write, load and export records.")
        {
            Get(application),
            Put(application),
            Patch(application),
            Delete(application),
            RecordQueryCommand.Build(application),
            RecordLoadCommand.Build(application),
            RecordUpsertCommand.Build(application),
            RecordExportCommand.Build(application),
        };

    public static Argument<string> KeyArgument() =>
        new("KEY")
        {
            Description =
                "The key's values joined by commas: 01-701-1015,3. Within one a comma is %2C, a percent sign %25.",
        };

    /// <summary>The last part of a record's name, of a key as it was given.</summary>
    public static string IdOf(Session session, Argument<string> key) =>
        RecordKey.Encode(session.Arguments.GetRequiredValue(key));

    /// <summary>The full name of a record.</summary>
    public static string NameOf(Session session, Option<string> branch, Argument<string> dataset, Argument<string> key)
    {
        var parent = session.DatasetName(branch, dataset);
        return $"{parent}/records/{IdOf(session, key)}";
    }

    private static Command Get(CliApplication application)
    {
        var (dataset, key, branch) = (DatasetCommands.DatasetArgument(), KeyArgument(), StreamsCommand.BranchOption());
        var at = SnapshotOption.Create();
        var command = new Command("get", "Show one record.") { dataset, key, branch, at };
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var request = new GetRecordRequest
                {
                    Name = NameOf(session, branch, dataset, key),
                    At = SnapshotOption.Read(session, at),
                };
                var found = await session.Platform.Records.GetRecordAsync(
                    request,
                    cancellationToken: cancellationToken
                );
                RecordView.WriteOne(session.Output, found.Record);
                return ExitCode.Success;
            }
        );
        return command;
    }

    private static Command Put(CliApplication application)
    {
        var (dataset, values, branch) = (
            DatasetCommands.DatasetArgument(),
            ValuesArgument(),
            StreamsCommand.BranchOption()
        );
        var (ifVersion, message) = (
            IfVersionOption("Only if the record has this version; 0: if there is none."),
            MessageOption()
        );
        var command = new Command("put", "Write a whole record.") { dataset, values, branch, ifVersion, message };
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var put = new RecordPut { Values = ReadValues(session, values) };
                if (session.Arguments.GetValue(ifVersion) is { } version)
                {
                    put.IfVersion = version;
                }

                var request = new PutRecordsRequest
                {
                    Parent = ParentOf(session, branch, dataset),
                    Records = { put },
                    CommitMessage = session.Arguments.GetValue(message) ?? "",
                    RequestId = session.NewRequestId(),
                };
                var done = await session.Platform.Records.PutRecordsAsync(
                    request,
                    cancellationToken: cancellationToken
                );
                RecordView.WriteOne(session.Output, done.Records[0]);
                return ExitCode.Success;
            }
        );
        return command;
    }

    private static Command Patch(CliApplication application)
    {
        var (dataset, key, branch) = (DatasetCommands.DatasetArgument(), KeyArgument(), StreamsCommand.BranchOption());
        var (values, ifVersion, message) = (
            ValuesArgument(),
            IfVersionOption("Only if the record has this version."),
            MessageOption()
        );
        var command = new Command("patch", "Change cells of a record.")
        {
            dataset,
            key,
            values,
            branch,
            ifVersion,
            message,
        };
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var parent = ParentOf(session, branch, dataset);
                var patch = new RecordPatch { RecordId = IdOf(session, key), Values = ReadChanges(session, values) };
                if (session.Arguments.GetValue(ifVersion) is { } version)
                {
                    patch.IfVersion = version;
                }

                var request = new PatchRecordsRequest
                {
                    Parent = parent,
                    Patches = { patch },
                    CommitMessage = session.Arguments.GetValue(message) ?? "",
                    RequestId = session.NewRequestId(),
                };
                var done = await session.Platform.Records.PatchRecordsAsync(
                    request,
                    cancellationToken: cancellationToken
                );
                RecordView.WriteOne(session.Output, done.Records[0]);
                return ExitCode.Success;
            }
        );
        return command;
    }

    private static Command Delete(CliApplication application)
    {
        var (dataset, key, branch) = (DatasetCommands.DatasetArgument(), KeyArgument(), StreamsCommand.BranchOption());
        var (ifVersion, message) = (IfVersionOption("Only if the record has this version."), MessageOption());
        var command = new Command("delete", "Delete a record.") { dataset, key, branch, ifVersion, message };
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var delete = new RecordDelete { RecordId = IdOf(session, key) };
                if (session.Arguments.GetValue(ifVersion) is { } version)
                {
                    delete.IfVersion = version;
                }

                var request = new DeleteRecordsRequest
                {
                    Parent = ParentOf(session, branch, dataset),
                    Deletes = { delete },
                    CommitMessage = session.Arguments.GetValue(message) ?? "",
                    RequestId = session.NewRequestId(),
                };
                var done = await session.Platform.Records.DeleteRecordsAsync(
                    request,
                    cancellationToken: cancellationToken
                );
                RecordView.Write(session.Output, done, $"deleted in version {done.Version}");
                return ExitCode.Success;
            }
        );
        return command;
    }

    public static string ParentOf(Session session, Option<string> branch, Argument<string> dataset) =>
        session.DatasetName(branch, dataset);

    public static Option<string?> MessageOption() =>
        new("--message", "-m") { Description = "Message of the commit.", HelpName = "TEXT" };

    private static Argument<string> ValuesArgument() => new("VALUES") { Description = "A JSON object: {\"AGE\": 63}." };

    private static Option<long?> IfVersionOption(string description) =>
        new("--if-version") { Description = description, HelpName = "VERSION" };

    /// <exception cref="CliException">There is none: a commit would say that something changed.</exception>
    private static Struct ReadChanges(Session session, Argument<string> argument) =>
        ReadValues(session, argument) is { Fields.Count: > 0 } changes
            ? changes
            : throw new CliException(
                ExitCode.Usage,
                "USAGE",
                $"Nothing to change: give at least one cell in {argument.Name}."
            );

    private static Struct ReadValues(Session session, Argument<string> argument) =>
        JsonArgument.ReadObject(session.Arguments.GetRequiredValue(argument), argument.Name);
}
