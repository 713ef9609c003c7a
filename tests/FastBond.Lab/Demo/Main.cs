namespace FastBond.Lab.Demo;

/// <summary>The command line of <c>fastbond-lab</c>.</summary>
internal static class Main
{
    public static int Run(string[] args) => args.Length;
}
