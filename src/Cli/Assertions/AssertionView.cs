using System.Globalization;
using Dendrite.Cli.Output;
using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;

namespace Dendrite.Cli.Assertions;

/// <summary>How assertions, and what breaks them, look in text and in JSON.</summary>
internal static class AssertionView
{
    private const int BriefLength = 60;

    public static void Write(CliOutput output, Assertion assertion)
    {
        if (output.IsJson)
        {
            output.WriteMessage(assertion);
            return;
        }

        output.WriteLine($"name      {assertion.Name}");
        output.WriteLine($"severity  {Severity(assertion.Severity)}");
        output.WriteLine($"made      {Shown.Time(assertion.CreateTime)} by {assertion.Creator}");
        output.WriteLine($"etag      {assertion.Etag}");
        if (assertion.Description.Length > 0)
        {
            output.WriteLine($"about     {assertion.Description}");
        }

        output.WriteLine(assertion.Sql.TrimEnd());
    }

    public static void Write(CliOutput output, ListAssertionsResponse list)
    {
        if (output.IsJson)
        {
            output.WriteMessage(list);
            return;
        }

        var table = new TextTable("ASSERTION", "SEVERITY", "CHANGED", "ABOUT");
        foreach (var assertion in list.Assertions)
        {
            var about = assertion.Description.Length > 0 ? assertion.Description : assertion.Sql;
            table.Add(
                Shown.Id(assertion.Name),
                Severity(assertion.Severity),
                Shown.Time(assertion.UpdateTime),
                Shown.Brief(about, BriefLength)
            );
        }

        table.WriteTo(output);
    }

    public static void Write(CliOutput output, CheckAssertionsResponse response)
    {
        if (output.IsJson)
        {
            output.WriteMessage(response);
            return;
        }

        if (response.Results.Count == 0)
        {
            output.WriteLine("The project has no assertions.");
            return;
        }

        var table = new TextTable("ASSERTION", "HOLDS", "SEVERITY", "MILLISECONDS");
        foreach (var result in response.Results)
        {
            var milliseconds = result.RunDuration?.ToTimeSpan().TotalMilliseconds ?? 0;
            table.Add(
                Shown.Id(result.Assertion),
                result.Holds ? "yes" : "no",
                Severity(result.Severity),
                milliseconds.ToString("0.0", CultureInfo.InvariantCulture)
            );
        }

        table.WriteTo(output);
        foreach (var failure in response.Results.Select(result => result.Failure).OfType<CheckFailure>())
        {
            Write(output, failure, "fails");
        }
    }

    /// <summary>One check that does not hold, with the rows that it found.</summary>
    public static void Write(CliOutput output, CheckFailure failure, string verb)
    {
        output.WriteLine($"check {failure.Check} {verb}: {failure.Message}");
        if (failure.Rows.Count == 0)
        {
            return;
        }

        string[] columns = [.. failure.Columns];
        var table = new TextTable(columns);
        foreach (var row in failure.Rows)
        {
            table.Add([.. columns.Select(column => Text(row.Fields[column]))]);
        }

        table.WriteTo(output);
        if (failure.MoreRows)
        {
            output.WriteLine("… and more");
        }
    }

    private static string Text(Value value) =>
        value.KindCase == Value.KindOneofCase.NullValue ? "null" : value.StringValue;

    private static string Severity(AssertionSeverity severity) => $"{severity}".ToLowerInvariant();
}
