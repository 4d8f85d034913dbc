using Dendrite.Cli.Output;
using Dendrite.V1;

namespace Dendrite.Cli.Operations;

/// <summary>Shows operations.</summary>
internal static class OperationView
{
    public static void Write(CliOutput output, Operation operation)
    {
        if (output.IsJson)
        {
            output.WriteMessage(operation);
            return;
        }

        output.WriteLine($"{IdOf(operation)}  {StateOf(operation)}  {operation.Method}");
        output.WriteLine($"asked for by {operation.Creator} at {operation.CreateTime.ToDateTime():u}");
        if (operation.Progress is { } progress && operation.EndTime is null)
        {
            output.WriteLine(ProgressOf(progress));
        }

        if (operation.EndTime is { } end)
        {
            output.WriteLine($"ended at {end.ToDateTime():u}");
        }

        if (operation.Error is { } error)
        {
            output.WriteLine(error.Message);
        }
    }

    public static void Write(CliOutput output, ListOperationsResponse list)
    {
        if (output.IsJson)
        {
            output.WriteMessage(list);
            return;
        }

        if (list.Operations.Count == 0)
        {
            output.WriteLine("No operations.");
            return;
        }

        var table = new TextTable("OPERATION", "STATE", "METHOD", "CREATED", "BY", "PROGRESS");
        foreach (var operation in list.Operations)
        {
            table.Add(
                IdOf(operation),
                StateOf(operation),
                operation.Method[(operation.Method.LastIndexOf('/') + 1)..],
                $"{operation.CreateTime.ToDateTime():u}",
                operation.Creator,
                operation.Progress is { } progress && operation.EndTime is null ? ProgressOf(progress) : ""
            );
        }

        table.WriteTo(output);
        output.NoteMore(list.NextPageToken);
    }

    public static string IdOf(Operation operation) => operation.Name[(operation.Name.LastIndexOf('/') + 1)..];

    private static string StateOf(Operation operation) => operation.State.ToString().ToLowerInvariant();

    private static string ProgressOf(OperationProgress progress) =>
        progress.HasTotal
            ? $"{progress.Step}: {Figures.Count(progress.Done)} of {Figures.Count(progress.Total)} {progress.Unit}"
            : $"{progress.Step}: {Figures.Count(progress.Done)} {progress.Unit}";
}
