using System.CommandLine;

namespace Dendrite.Cli.Output;

/// <summary>
/// By which argument or option a field of a request was given: what is wrong with a value is said of what was typed.
/// </summary>
internal static class FieldSymbols
{
    /// <summary>
    /// Fields whose name is not that of their option. Of several the command line has the first that it has; a field
    /// that is made of two options has both.
    /// </summary>
    private static readonly Dictionary<string, string[]> Named = new()
    {
        ["annotation_ids"] = ["ID"],
        ["assertion_sql"] = ["--sql"],
        ["branch_filter"] = ["--branches"],
        ["bucket_count"] = ["--buckets"],
        ["column_names"] = ["--map"],
        ["commit"] = ["VERSION"],
        ["commit_message"] = ["--message"],
        ["conflict_id"] = ["CONFLICT", "--resolution"],
        ["deletes"] = ["KEY"],
        ["display_name"] = ["--title"],
        ["end_time"] = ["--to", "--until"],
        ["end_record_id"] = ["--to"],
        ["expression"] = ["--cron"],
        ["id_prefix"] = ["--prefix"],
        ["key_columns"] = ["--key"],
        ["labels"] = ["--label", "KEY=VALUE"],
        ["naming_templates"] = ["--naming-template"],
        ["new_branch_id"] = ["NEW"],
        ["null_values"] = ["--null"],
        ["order_by"] = ["--order"],
        ["parent"] = ["STREAM", "DATASET", "PLAN", "JOB", "BRANCH", "--branch", "--project"],
        ["patches"] = ["KEY"],
        ["point"] = ["POINT", "--at"],
        ["range"] = ["--from and --to", "--from and --until"],
        ["record_id"] = ["KEY"],
        ["record_ids"] = ["--record"],
        ["records"] = ["VALUES"],
        ["samples"] = ["--from and --to"],
        ["source"] = ["SOURCE", "--from"],
        ["source_point"] = ["--at"],
        ["start_record_id"] = ["--from"],
        ["start_time"] = ["--from"],
        ["stream_filter"] = ["--streams"],
        ["tag_filter"] = ["--tags"],
        ["target"] = ["--into"],
        ["template_values"] = ["--template"],
        ["values"] = ["VALUES"],
    };

    /// <summary>Every command has it.</summary>
    private const string Project = "--project";

    /// <summary>Endings that an option leaves out.</summary>
    private static readonly string[] Endings = ["", "s", "es", "_id", "_ids", "_ratio", "_duration"];

    /// <summary>
    /// A message that says of fields what is wrong, said of arguments and options, all of it; as it is where a command
    /// takes the field from elsewhere, such as from a file.
    /// </summary>
    /// <param name="message">Begins with one of the fields; else it stays.</param>
    /// <param name="problems">What is wrong, by the proto path of the field.</param>
    public static string Reword(string message, IReadOnlyList<(string Field, string Problem)> problems, Command command)
    {
        var first = problems.FirstOrDefault(each => message.StartsWith($"{each.Field}: ", StringComparison.Ordinal));
        return first.Field is null ? message
            : problems.Count == 1 ? Said(first.Field, message[(first.Field.Length + 2)..])
            : string.Join('\n', problems.Select(each => Said(each.Field, each.Problem)));

        string Said(string field, string problem) => $"{Find(field, command) ?? field}: {Own(problem, command)}";
    }

    /// <summary>The name of the argument or option; null where the command has none for the field.</summary>
    public static string? Find(string field, Command command)
    {
        string[] parts = [.. field.Split('.').Select(part => part.Split('[')[0])];
        // A cell is told by its column, which stands in the object of values.
        if (parts is ["records" or "patches", "values", var column])
        {
            return Has(command, "VALUES") ? $"{column} in VALUES" : null;
        }
        // The whole resource, such as branch in branch.labels, is none of its fields.
        var candidates = parts.Skip(parts.Length > 1 && !Named.ContainsKey(parts[0]) ? 1 : 0).Reverse();
        return candidates.Select(part => OfPart(part, command)).FirstOrDefault(found => found is not null);
    }

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
