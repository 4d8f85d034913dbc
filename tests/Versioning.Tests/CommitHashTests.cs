namespace Dendrite.Versioning.Tests;

public sealed class CommitHashTests
{
    private static readonly CommitContent Content = new(
        new(2),
        new(7),
        DateTimeOffset.UnixEpoch.AddTicks(1_234_567 * TimeSpan.TicksPerMicrosecond),
        "keys/gateway",
        "Session 3, électrodes µV",
        new byte[] { 1, 2, 3 }
    );

    [Fact]
    public void The_format_is_pinned() =>
        Assert.Equal(
            "a18b00c82c209ab38fae43bdcbbeb7163d1d6af1b64f59fa829d81ff3c55b521",
            Convert.ToHexStringLower(CommitHash.Compute(CommitHash.Genesis, 1, Content))
        );

    [Fact]
    public void Every_part_of_a_commit_changes_its_hash()
    {
        CommitContent[] changed =
        [
            Content with
            {
                Timeline = new(3),
            },
            Content with
            {
                Version = new(8),
            },
            Content with
            {
                Time = Content.Time.AddMicroseconds(1),
            },
            Content with
            {
                Author = "keys/gatewaz",
            },
            // The same bytes, divided otherwise.
            Content with
            {
                Author = Content.Author + "S",
                Message = Content.Message[1..],
            },
            Content with
            {
                Message = "",
            },
            Content with
            {
                Digest = new byte[] { 1, 2 },
            },
        ];
        var hashes = changed.Select(content => CommitHash.Compute(CommitHash.Genesis, 1, content)).ToList();
        hashes.Add(CommitHash.Compute(CommitHash.Genesis, 1, Content));
        hashes.Add(CommitHash.Compute(CommitHash.Genesis, 2, Content));
        hashes.Add(CommitHash.Compute(hashes[0], 1, Content));

        Assert.Equal(hashes.Count, hashes.Select(Convert.ToHexString).Distinct().Count());
    }

    [Fact]
    public void A_parent_hash_of_another_length_is_refused() =>
        Assert.Throws<ArgumentException>(() => CommitHash.Compute(new byte[31], 1, Content));
}
