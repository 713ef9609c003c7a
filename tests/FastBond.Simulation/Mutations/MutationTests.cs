namespace FastBond.Simulation.Mutations;

public class MutationTests
{
    /// <summary>The list would rot with the sources: each must still say what it replaces.</summary>
    [Fact]
    public void Every_mutation_finds_its_place_once()
    {
        Assert.All(Mutation.All, static mutation =>
        {
            string text = File.ReadAllText(Path.Combine(MutationRunner.RepositoryRoot(), "src", mutation.File));
            Assert.Equal(2, text.Split(mutation.Original).Length);
            Assert.NotEqual(mutation.Original, mutation.Broken);
        });
    }
}
