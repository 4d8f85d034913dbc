using System.Globalization;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;

namespace Dendrite.Storage.Migrations;

/// <summary>One numbered SQL script, <c>NNNN_name.sql</c>.</summary>
/// <param name="Number">Its place in the order of application.</param>
/// <param name="Name">The file name without number and extension.</param>
/// <param name="Sql">The script; runs in one transaction, so it may hold no statement that refuses to.</param>
public sealed record Migration(int Number, string Name, string Sql)
{
    /// <summary>
    /// SHA-256 of the script in hexadecimal; line ends do not count, so that a checkout's habits do not.
    /// </summary>
    public string Checksum =>
        Convert.ToHexStringLower(
            SHA256.HashData(Encoding.UTF8.GetBytes(Sql.Replace("\r\n", "\n", StringComparison.Ordinal)))
        );

    /// <summary>The platform's own scripts, in order.</summary>
    public static IReadOnlyList<Migration> Embedded { get; } = ReadEmbedded(typeof(Migration).Assembly);

    public override string ToString() => $"{Number:D4}_{Name}";

    /// <summary>Orders scripts, and refuses two of one number.</summary>
    public static IReadOnlyList<Migration> InOrder(IEnumerable<Migration> migrations)
    {
        Migration[] ordered = [.. migrations.OrderBy(migration => migration.Number)];
        for (var i = 1; i < ordered.Length; i++)
        {
            if (ordered[i].Number == ordered[i - 1].Number)
            {
                throw new MigrationException(
                    $"Migrations {ordered[i - 1]} and {ordered[i]} have one number: renumber the newer one."
                );
            }
        }

        return ordered;
    }

    /// <summary>Reads number and name from the file name.</summary>
    /// <exception cref="MigrationException">The name is not <c>NNNN_name.sql</c>.</exception>
    public static Migration FromFile(string fileName, string sql)
    {
        var stem = Path.GetFileNameWithoutExtension(fileName);
        if (stem.Length > 5 && stem[4] == '_' && int.TryParse(stem[..4], NumberStyles.None, null, out var number))
        {
            return new(number, stem[5..], sql);
        }

        throw new MigrationException($"'{fileName}' is no migration: name it NNNN_name.sql.");
    }

    private static IReadOnlyList<Migration> ReadEmbedded(Assembly assembly) =>
        InOrder(
            assembly
                .GetManifestResourceNames()
                .Where(name => name.EndsWith(".sql", StringComparison.Ordinal))
                .Select(name =>
                {
                    using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!, Encoding.UTF8);
                    return FromFile(name, reader.ReadToEnd());
                })
        );
}
