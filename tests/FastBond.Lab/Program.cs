return FastBond.Lab.Demo.Main.Run(args);
