using System.CommandLine;
using System.Text;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Reading;
using Dendrite.Records.Reading;
using Dendrite.V1;

namespace Dendrite.Cli.Records;

/// <summary><c>dendrite dataset create</c>: from a schema file, or from what a CSV file looks like.</summary>
internal static class DatasetCreateCommand
{
    public static Command Build(CliApplication application)
    {
        var dataset = DatasetCommands.DatasetArgument();
        var branch = StreamsCommand.BranchOption();
        var schema = new Option<string?>("--schema") { Description = "A Dataset in JSON.", HelpName = "FILE" };
        var from = new Option<string?>("--from") { Description = "Propose columns by a CSV file.", HelpName = "CSV" };
        var key = new Option<string?>("--key") { Description = "Columns of the key, for --from.", HelpName = "A,B" };
        var document = new DocumentOptions(when: ", for --from");
        var command = new Command("create", "Make a dataset from a schema file, or by what a CSV file looks like.")
        {
            dataset,
            branch,
            schema,
            from,
            key,
        };
        document.AddTo(command);
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var arguments = session.Arguments;
                var content = (arguments.GetValue(schema), arguments.GetValue(from)) switch
                {
                    ({ } file, null) => await DefinitionFile.ReadAsync<Dataset>(file, cancellationToken),
                    (null, { } csv) => await InferAsync(
                        csv,
                        arguments.GetValue(key),
                        document.Read(session, csv),
                        cancellationToken
                    ),
                    _ => throw new CliException(ExitCode.Usage, "USAGE", "Give either --schema or --from."),
                };
                var request = new CreateDatasetRequest
                {
                    Parent = session.Platform.BranchName(arguments.GetRequiredValue(branch)),
                    DatasetId = arguments.GetRequiredValue(dataset),
                    Dataset = content,
                    RequestId = session.NewRequestId(),
                };
                var made = await session.Platform.Datasets.CreateDatasetAsync(
                    request,
                    cancellationToken: cancellationToken
                );
                DatasetView.WriteOne(session.Output, made.Dataset);
                return ExitCode.Success;
            }
        );
        return command;
    }

    private static async Task<Dataset> InferAsync(
        string path,
        string? key,
        CsvOptions csv,
        CancellationToken cancellationToken
    )
    {
        try
        {
            await using var file = DocumentOptions.Open(path);
            var format = DocumentOptions.ToFormat(csv);
            var found = await ColumnInference.ReadAsync(file, format, cancellationToken);
            if (found.Columns is [{ Name: var only }] && CsvRecordSource.FindOtherDelimiter(only) is { } other)
            {
                throw new CliException(
                    ExitCode.Usage,
                    "USAGE",
                    $"{path} has one column, '{only}': say with --delimiter '{other}' what stands between fields."
                );
            }

            var columns = key?.Split(',') ?? [.. found.ProposeKey()];
            if (columns.Length == 0)
            {
                throw new CliException(ExitCode.Usage, "USAGE", $"No key is to be seen in {path}: say --key A,B.");
            }

            var dataset = new Dataset { KeyColumns = { columns } };
            dataset.Columns.AddRange(
                found.Columns.Select(column => new Column { Column_ = column.Name, Type = (ColumnType)column.Type })
            );
            return dataset;
        }
        catch (FormatException failure)
        {
            throw DefinitionFile.Refused($"{path}: {failure.Message}");
        }
        catch (DecoderFallbackException)
        {
            throw DocumentOptions.OtherEncoding(path);
        }
        catch (IOException failure)
        {
            throw DefinitionFile.NotRead(path, failure);
        }
    }
}
