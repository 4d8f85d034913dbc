namespace Dendrite.Backups.Stores;

/// <summary>The stores of the installation. Section <c>Backups</c>.</summary>
public sealed class BackupOptions
{
    public const string Section = "Backups";

    /// <summary>By the names that plans say.</summary>
    public IDictionary<string, StoreOptions> Stores { get; init; } = new Dictionary<string, StoreOptions>();
}

/// <summary>One store: a folder, or a bucket. <c>Backups:Stores:NAME</c>.</summary>
public sealed class StoreOptions
{
    /// <summary>A folder that exists, absolute; null for a bucket.</summary>
    public string? Folder { get; set; }

    /// <summary>A bucket of S3-compatible storage that exists; null for a folder.</summary>
    public string? Bucket { get; set; }

    /// <summary>What comes before all keys in the bucket, such as <c>dendrite/site-1</c>. Default: nothing.</summary>
    public string Prefix { get; set; } = "";

    /// <summary>Where the storage answers, such as <c>https://minio.lab:9000</c>; null: the region of AWS.</summary>
    public Uri? Endpoint { get; set; }

    /// <summary>Default <c>us-east-1</c>, which servers other than AWS take too.</summary>
    public string Region { get; set; } = "us-east-1";

    /// <summary>Null: as AWS programs find it (environment, profile, role of the machine).</summary>
    public string? AccessKey { get; set; }

    /// <summary>With <see cref="AccessKey"/>. From a secret of the installation, never in a file of the
    /// repository.</summary>
    public string? SecretKey { get; set; }

    /// <summary>What is wrong with it, for people; null: nothing.</summary>
    public string? FindProblem() =>
        (Folder is null) == (Bucket is null) ? "give Folder or Bucket, and not both"
        : Folder is not null && !Path.IsPathFullyQualified(Folder) ? "Folder must be an absolute path"
        : (AccessKey is null) != (SecretKey is null) ? "AccessKey and SecretKey go together"
        : Prefix.Length > 0 && !ObjectKey.TryParse(Prefix, out _) ? "Prefix holds lower-case letters, digits, - . /"
        : null;
}
