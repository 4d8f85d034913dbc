using Dendrite.Errors;
using Dendrite.Storage.Filtering;
using Dendrite.Storage.Requests;
using NpgsqlTypes;

namespace Dendrite.Storage.Tags;

/// <summary>Finds and lists tags. Changes are in <see cref="TagWriter"/>.</summary>
public sealed class TagStore(PlatformDatabase database)
{
    private readonly NamedRows<TagRecord> rows = new(database, TagRow.Table);

    /// <summary>The tag of that name; null where there is none. One round trip.</summary>
    public Task<TagRecord?> FindAsync(ProjectId project, string name, CancellationToken cancellationToken) =>
        rows.FindAsync(project, name, cancellationToken);

    /// <summary>The tag of that name. One round trip.</summary>
    /// <exception cref="DendriteException">TAG_NOT_FOUND.</exception>
    public Task<TagRecord> GetAsync(ProjectId project, string name, CancellationToken cancellationToken) =>
        rows.GetAsync(project, name, cancellationToken);

    /// <summary>A page of tags. One round trip.</summary>
    public async Task<IReadOnlyList<TagRecord>> ListAsync(
        ProjectId project,
        TagQuery query,
        CancellationToken cancellationToken
    )
    {
        await using var batch = database.CreateBatch(project);
        var command = RowConditionSql
            .AddTo(
                batch,
                query.Filter,
                filter =>
                    $"""
                        SELECT {TagRow.Columns} FROM branching.tag g {TagRow.Join}
                        WHERE g.project_id = @project AND {query.Order.After(query.After, "g.name")} AND {filter}
                        ORDER BY {query.Order.OrderBy("g.name")}
                        LIMIT @limit
                        """
            )
            .With("project", project.Value)
            .With("limit", query.Limit);
        query.Order.With(command, query.After);
        return await batch.ReadRowsAsync(TagRow.Read, cancellationToken);
    }
}

/// <summary>What lists of tags are filtered and ordered by.</summary>
public static class TagFields
{
    public static RowField Name { get; } = new("g.name", NpgsqlDbType.Text) { IsId = true };

    /// <summary>The name of its branch as it is called now.</summary>
    public static RowField Branch { get; } = new("b.name", NpgsqlDbType.Text);

    public static RowField Version { get; } = new("g.version", NpgsqlDbType.Bigint);

    public static RowField Creator { get; } = new("g.creator", NpgsqlDbType.Text);

    public static RowField CreateTime { get; } = new("g.create_time", NpgsqlDbType.TimestampTz);

    public static RowOrder.Time ByCreateTime { get; } = new("g.create_time");

    public static RowField Label(string key) => new("(g.labels ->> @key)", NpgsqlDbType.Text) { Key = key };
}
