namespace Dendrite.Repository.Tests;

/// <summary>The solution holds every project, and every project of <c>src</c> has tests.</summary>
public sealed class SolutionTests
{
    private static IEnumerable<string> Projects =>
        SourceTree.WithExtension(".csproj").Where(file => !file.StartsWith("eng/", StringComparison.Ordinal));

    [Fact]
    public void Every_project_is_in_the_solution()
    {
        var solution = SourceTree.Text("Platform.sln").Replace('\\', '/');

        Offenders.None(Projects.Where(project => !solution.Contains($"\"{project}\"", StringComparison.Ordinal)));
    }

    [Fact]
    public void Every_source_project_has_tests_of_the_same_name()
    {
        var tested = Projects.Select(Path.GetFileNameWithoutExtension).ToHashSet();

        Offenders.None(
            from project in Projects
            where project.StartsWith("src/", StringComparison.Ordinal)
            let name = Path.GetFileNameWithoutExtension(project)
            // A family of stand-ins is tested as one, as it is used.
            let family = name.StartsWith("StandIns.", StringComparison.Ordinal)
                ? string.Join('.', name.Split('.')[..2])
                : name
            where !tested.Contains(family + ".Tests")
            select project
        );
    }

    [Fact]
    public void Every_test_project_has_a_test() =>
        Offenders.None(
            from project in Projects
            where project.StartsWith("tests/", StringComparison.Ordinal)
            where Path.GetFileNameWithoutExtension(project) is var name && IsTestProject(name)
            let folder = Path.GetDirectoryName(project)! + "/"
            where
                !SourceTree
                    .WithExtension(".cs")
                    .Any(file => file.StartsWith(folder, StringComparison.Ordinal) && HasTest(file))
            select project
        );

    private static bool IsTestProject(string name) =>
        name.EndsWith(".Tests", StringComparison.Ordinal) || name is "EndToEnd" or "Interop";

    private static bool HasTest(string file) =>
        SourceTree.Text(file) is var text
        && (text.Contains("[Fact", StringComparison.Ordinal) || text.Contains("[Theory", StringComparison.Ordinal));

    [Fact]
    public void Package_versions_stand_in_Directory_Packages_props_only() =>
        Offenders.None(
            from project in Projects
            from line in SourceTree.Lines(project)
            where line.Contains("<PackageReference", StringComparison.Ordinal)
            where line.Contains(" Version=", StringComparison.Ordinal)
            select $"{project}: {line.Trim()}"
        );
}
