using System.CommandLine;

namespace Dendrite.Cli.Output;

/// <summary>
/// By which argument or option a field of a request was given: what is wrong with a value is said of what was typed.
/// </summary>
internal static class FieldSymbols
{
    /// <summary>
    /// Fields whose name is not that of their option, with the part before it where the name alone is that of another.
    /// Of several the command line has the first that it has; a field that is made of two options has both.
    /// </summary>
    private static readonly Dictionary<string, string[]> Named = new()
    {
        ["active_range"] = ["--from and --until"],
        ["after_jobs.jobs"] = ["--after"],
        ["annotation_ids"] = ["ID"],
        ["assertion_sql"] = ["--sql"],
        ["branch_filter"] = ["--branches"],
        ["branch_naming_templates"] = ["--naming-template"],
        ["bucket_count"] = ["--buckets"],
        ["column_names"] = ["--map"],
        ["columns.strategy"] = ["--column"],
        ["commit"] = ["VERSION"],
        ["commit_message"] = ["--message"],
        ["concurrency_key"] = ["--key"],
        ["conflict_id"] = ["CONFLICT", "--resolution"],
        ["deletes"] = ["KEY"],
        ["display_name"] = ["--title"],
        ["end_time"] = ["--to", "--until"],
        ["end_record_id"] = ["--to"],
        ["expression"] = ["--cron"],
        ["frequency_hz"] = ["--line"],
        ["id_prefix"] = ["--prefix"],
        ["initial_backoff"] = ["--backoff"],
        ["interval"] = ["--every"],
        ["key_columns"] = ["--key"],
        ["labels"] = ["--label", "KEY=VALUE"],
        ["line_frequency_hz"] = ["--line"],
        ["max_power_ratio"] = ["--max-line-noise"],
        ["max_requests_per_second"] = ["--rate"],
        ["new_branch_id"] = ["NEW"],
        ["null_values"] = ["--null"],
        ["order_by"] = ["--order"],
        ["pairs.from"] = ["--pair"],
        ["pairs.to"] = ["--pair"],
        ["parent"] = ["STREAM", "DATASET", "PLAN", "JOB", "BRANCH", "--branch", "--project"],
        ["patches"] = ["KEY"],
        ["point"] = ["POINT", "--at"],
        ["range"] = ["--from and --to", "--from and --until"],
        ["record_id"] = ["KEY"],
        ["record_ids"] = ["--record"],
        ["records"] = ["VALUES"],
        ["request_timeout"] = ["--timeout"],
        ["samples"] = ["--from and --to"],
        ["source"] = ["SOURCE", "--from"],
        ["source_point"] = ["--at"],
        ["start_record_id"] = ["--from"],
        ["start_time"] = ["--from"],
        ["stream_filter"] = ["--streams"],
        ["tag_filter"] = ["--tags"],
        ["target"] = ["--into"],
        ["template_values"] = ["--template", "--value"],
        ["values"] = ["VALUES"],
        ["window_length"] = ["--window"],
        ["window_step"] = ["--step"],
    };

    /// <summary>Every command has it.</summary>
    private const string Project = "--project";

    /// <summary>Endings that an option leaves out.</summary>
    private static readonly string[] Endings =
    [
        "",
        "s",
        "es",
        "_id",
        "_ids",
        "_items",
        "_pointer",
        "_ratio",
        "_duration",
    ];

    /// <summary>Files that hold a resource as the contract has it.</summary>
    private static readonly string[] Files = ["--file", "--definition", "--schema"];

    /// <summary>
    /// A message that says of fields what is wrong, said of arguments and options, all of it; as it is where a command
    /// takes the field from elsewhere, such as from a file.
    /// </summary>
    /// <param name="message">Begins with one of the fields; else it stays.</param>
    /// <param name="problems">What is wrong, by the proto path of the field.</param>
    /// <param name="arguments">What was typed.</param>
    public static string Reword(
        string message,
        IReadOnlyList<(string Field, string Problem)> problems,
        ParseResult arguments
    )
    {
        var command = arguments.CommandResult.Command;
        var first = problems.FirstOrDefault(each => message.StartsWith($"{each.Field}: ", StringComparison.Ordinal));
        return first.Field is null ? message
            : problems.Count == 1 ? Said(first.Field, message[(first.Field.Length + 2)..])
            : string.Join('\n', problems.Select(each => Said(each.Field, each.Problem)));

        string Said(string field, string problem) =>
            $"{Typed(field, arguments) ?? field}: {(NamesFieldsOfRows(field) ? problem : Own(problem, command))}";
    }

    /// <summary>Of what a file holds, only what an option beside it says instead came by that option.</summary>
    private static string? Typed(string field, ParseResult arguments)
    {
        var symbol = Find(field, arguments.CommandResult.Command);
        return field.Contains('.') && Files.Any(IsGiven) && (symbol is null || !IsGiven(symbol)) ? null : symbol;

        bool IsGiven(string name) =>
            arguments.CommandResult.Command.Options.FirstOrDefault(option => option.Name == name) is { } option
            && arguments.GetResult(option) is { Implicit: false };
    }

    /// <summary>The name of the argument or option; null where the command has none for the field.</summary>
    public static string? Find(string field, Command command)
    {
        var parts = PartsOf(field);
        // A cell is told by its column, which stands in the object of values.
        if (parts is ["records" or "patches", "values", var column])
        {
            return Has(command, "VALUES") ? $"{column} in VALUES" : null;
        }
        // So is what an option gives by keys: there may be several.
        if (parts is [.., "branch_naming_templates" or "template_values", var key])
        {
            return OfPart(parts[^2], command) is { } option ? $"{key} in {option}" : null;
        }
        // The whole resource, such as branch in branch.labels, is none of its fields.
        var candidates = parts.Skip(parts.Length > 1 && !Named.ContainsKey(parts[0]) ? 1 : 0).Reverse();
        string last = string.Join('.', parts.TakeLast(2));
        return (Named.ContainsKey(last) ? candidates.Prepend(last) : candidates)
            .Select(part => OfPart(part, command))
            .FirstOrDefault(found => found is not null);
    }

    private static string[] PartsOf(string field) => [.. field.Split('.').Select(part => part.Split('[')[0])];

    /// <summary>What is wrong with a filter or an order speaks of columns, which may be called as a field is.</summary>
    private static bool NamesFieldsOfRows(string field) =>
        PartsOf(field)[^1] is "filter" or "stream_filter" or "order_by";

    private static string? OfPart(string part, Command command)
    {
        if (Named.TryGetValue(part, out string[]? names))
        {
            // What is made has no name yet: its parent is where it is made.
            names = part == "parent" && command.Name == "create" ? ["--branch", Project] : names;
            return names.FirstOrDefault(name => name.Split(" and ").All(one => Has(command, one)));
        }
        if (part == "name" && command.Arguments.Count > 0)
        {
            return Has(command, "KEY") ? "KEY" : command.Arguments[0].Name;
        }
        var words = Endings
            .Where(ending => part.EndsWith(ending, StringComparison.Ordinal))
            .Select(ending => part[..^ending.Length].Replace('_', '-'))
            .Append($"{part.Replace('_', '-')}s");
        return words
            .SelectMany(word => new[] { $"--{word}", word.ToUpperInvariant(), word.Split('-')[^1].ToUpperInvariant() })
            .FirstOrDefault(name => Has(command, name));
    }

    /// <summary>A problem that names other fields, by their own options.</summary>
    private static string Own(string problem, Command command) =>
        string.Join(
            ' ',
            problem
                .Split(' ')
                .Select(word =>
                    word.TrimEnd(',', ';') is var name && name.Contains('_') && Named.ContainsKey(name)
                        ? (OfPart(name, command) ?? name) + word[name.Length..]
                        : word
                )
        );

    private static bool Has(Command command, string name) =>
        name.StartsWith("--", StringComparison.Ordinal)
            ? name == Project || command.Options.Any(option => option.Name == name)
            : command.Arguments.Any(argument => argument.Name == name);
}
