namespace Dendrite.Migrations.Tests;

public sealed class ScramVerifierTests
{
    [Fact]
    public void The_example_of_RFC_7677_gives_its_keys() =>
        // Salt and password of RFC 7677 section 3; the keys follow from the exchange that it shows.
        Assert.Equal(
            "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ=="
                + "$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=",
            ScramVerifier.Create("pencil", Convert.FromBase64String("W22ZaJ0SNY7soEsUEjb6gQ=="))
        );
}
