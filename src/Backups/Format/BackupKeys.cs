using Dendrite.Backups.Stores;

namespace Dendrite.Backups.Format;

/// <summary>
/// Where the parts of backups lie in a store. Objects are shared by the backups of a project, and by no others: what
/// one project has says nothing to another.
/// </summary>
/// <remarks>
/// <code>
/// lab/objects/4f/4f1c…                            a chunk, by its digest
/// lab/backups/nightly/20261121-…/9e07….manifest   a manifest, by its digest
/// </code>
/// </remarks>
public static class BackupKeys
{
    public const string ManifestExtension = ".manifest";

    public static string Objects(string project) => $"{project}/objects/";

    public static string Manifests(string project) => $"{project}/backups/";

    public static string Manifests(string project, string plan) => $"{project}/backups/{plan}/";

    /// <param name="digest">SHA-256 of the object in hexadecimal digits.</param>
    public static ObjectKey Object(string project, string digest) =>
        ObjectKey.Parse($"{project}/objects/{digest[..2]}/{digest}");

    public static ObjectKey Manifest(string project, string plan, string backup, ReadOnlySpan<byte> digest) =>
        ObjectKey.Parse($"{project}/backups/{plan}/{backup}/{Convert.ToHexStringLower(digest)}{ManifestExtension}");

    /// <summary>Plan, backup and digest of a manifest's key; null where it is none.</summary>
    public static (string Plan, string Backup, byte[] Digest)? ReadManifest(string project, ObjectKey key)
    {
        var text = key.ToString();
        var parts = text.StartsWith(Manifests(project), StringComparison.Ordinal)
            ? text[Manifests(project).Length..].Split('/')
            : [];
        return
            parts is [var plan, var backup, var file]
            && file.EndsWith(ManifestExtension, StringComparison.Ordinal)
            && TryReadDigest(file[..^ManifestExtension.Length], out var digest)
            ? (plan, backup, digest)
            : null;
    }

    private static bool TryReadDigest(string text, out byte[] digest)
    {
        digest = new byte[32];
        return text.Length == 64
            && Convert.FromHexString(text, digest, out _, out _) == System.Buffers.OperationStatus.Done;
    }
}
