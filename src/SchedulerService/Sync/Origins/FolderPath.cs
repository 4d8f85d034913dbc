using System.Buffers;
using Dendrite.Errors;
using Dendrite.ServiceDefaults.Requests;

namespace Dendrite.SchedulerService.Sync.Origins;

/// <summary>Paths and patterns of files below the folder that the installation gives.</summary>
internal static class FolderPath
{
    private const int MaxLength = 1_000;
    private static readonly SearchValues<char> NeverInPaths = SearchValues.Create("\\\n\r\t:");
    private static readonly SearchValues<char> NeverInNames = SearchValues.Create("/\\\n\r\t:");

    /// <summary>A path that stays below the folder, whatever it is joined to.</summary>
    /// <exception cref="DendriteException">INVALID_ARGUMENT.</exception>
    public static string Check(string path, string field)
    {
        RequestFields.Text(path, field, MaxLength);
        if (path.AsSpan().ContainsAny(NeverInPaths))
        {
            throw DendriteException.Invalid(
                field,
                "holds a backslash, colon or line end; write a path such as lab/exports"
            );
        }

        if (Path.IsPathRooted(path) || path.StartsWith('~'))
        {
            throw DendriteException.Invalid(field, "is absolute; it begins below the folder of the installation");
        }

        return path.Split('/').Any(part => part is "" or "." or "..") && path.Length > 0
            ? throw DendriteException.Invalid(field, "leaves its folder or has an empty part; write lab/exports")
            : path;
    }

    /// <summary>A pattern of names: <c>*</c> for any characters, <c>?</c> for one.</summary>
    /// <exception cref="DendriteException">INVALID_ARGUMENT.</exception>
    public static string CheckPattern(string pattern, string field)
    {
        RequestFields.Text(pattern, field, MaxLength);
        return pattern.AsSpan().ContainsAny(NeverInNames)
            ? throw DendriteException.Invalid(field, "holds a separator; it is one of names, such as *.csv")
            : pattern;
    }

    /// <summary>
    /// The folder itself. A link on the way is refused: it may lead anywhere, and be changed by whoever writes there.
    /// </summary>
    /// <param name="root">The project's folder.</param>
    /// <exception cref="DendriteException">FOLDER_NOT_FOUND; SOURCE_FAILED: a link is on the way.</exception>
    public static string Resolve(string root, string path)
    {
        var here = root;
        foreach (var part in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            here = Path.Combine(here, part);
            if (new DirectoryInfo(here).LinkTarget is not null)
            {
                throw new DendriteException(
                    ErrorReason.SourceFailed,
                    $"The folder '{path}' goes by a link at '{part}', which is not followed; use the folder itself."
                );
            }
        }

        return Directory.Exists(here)
            ? here
            : throw new DendriteException(
                ErrorReason.FolderNotFound,
                $"The folder '{path}' does not exist below the project's folder; make it, or change the path."
            );
    }
}
